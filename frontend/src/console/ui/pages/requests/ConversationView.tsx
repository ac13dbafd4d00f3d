import { Code, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '../../../channel/contract.ts';
import { toConversation } from '../../../model/conversation.ts';
import type { GeminiPart } from '../../../model/gemini-body.ts';
import { formatBytes } from '../../format.ts';
import { Notice } from '../../parts/Notice.tsx';
import { NotCaptured } from './NotCaptured.tsx';

/** The bodies as what was said. */
export function ConversationView({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const conversation = useMemo(() => toConversation(request), [request]);
  if (!request.isCaptured) return <NotCaptured />;
  if (conversation === undefined) return <Text c="dimmed">{t('requests.noConversation')}</Text>;
  const { turns, error, finishReason } = conversation;
  return (
    <Stack gap="sm">
      {turns.map(({ role, parts, isAnswer }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: turns have no other name, and keep their order
        <section key={index} className="turn" data-role={role}>
          <Text size="sm" fw={600} c="dimmed">
            {isAnswer ? t('requests.roles.answer') : t(`requests.roles.${role}`)}
          </Text>
          {parts.map((part, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the same holds for parts
            <Part key={at} part={part} />
          ))}
        </section>
      ))}
      {error !== undefined && (
        <Notice tone="bad" title={t('requests.endedWithError')}>
          {error}
        </Notice>
      )}
      {finishReason !== undefined && (
        <Text size="sm" c="dimmed">
          {t('requests.finishReason', { reason: finishReason })}
        </Text>
      )}
    </Stack>
  );
}

function Part({ part }: { readonly part: GeminiPart }) {
  const { t, i18n } = useTranslation();
  const { text, thought, inlineData, fileData, functionCall, functionResponse, executableCode, codeExecutionResult } = part;
  if (text !== undefined) {
    if (thought !== true) return <p className="words">{text}</p>;
    return (
      <details>
        <summary>{t('requests.parts.thought')}</summary>
        <p className="words thought">{text}</p>
      </details>
    );
  }
  if (inlineData !== undefined) {
    const { mimeType = '', data = '' } = inlineData;
    if (/^image\/(png|jpeg|webp|gif)$/.test(mimeType))
      return <img className="inline-image" src={`data:${mimeType};base64,${data}`} alt={t('requests.parts.image')} />;
    return <p>{t('requests.parts.data', { mimeType, bytes: formatBytes((data.length * 3) / 4, i18n.language) })}</p>;
  }
  if (fileData !== undefined)
    return (
      <p className="mono">{t('requests.parts.file', { name: fileData.fileUri ?? '', mimeType: fileData.mimeType ?? '' })}</p>
    );
  if (functionCall !== undefined)
    return <Json title={t('requests.parts.call', { name: functionCall.name ?? '' })} value={functionCall.args} />;
  if (functionResponse !== undefined)
    return <Json title={t('requests.parts.response', { name: functionResponse.name ?? '' })} value={functionResponse.response} />;
  if (executableCode !== undefined) return <Code block>{executableCode.code}</Code>;
  if (codeExecutionResult !== undefined) return <Code block>{codeExecutionResult.output}</Code>;
  return <Json title={t('requests.parts.other')} value={part} />;
}

function Json({ title, value }: { readonly title: string; readonly value: unknown }) {
  return (
    <div>
      <Text size="sm" fw={600} className="mono">
        {title}
      </Text>
      <Code block>{JSON.stringify(value, undefined, 2) ?? ''}</Code>
    </div>
  );
}
