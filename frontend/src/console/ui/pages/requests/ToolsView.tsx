import { Code, Stack, Text, Title } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '../../../channel/contract.ts';
import { toConversation } from '../../../model/conversation.ts';
import { NotCaptured } from './NotCaptured.tsx';

/** Which functions the model was offered, which ones it called, and what they gave. */
export function ToolsView({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  const conversation = useMemo(() => toConversation(request), [request]);
  if (!request.isCaptured) return <NotCaptured />;
  const { tools = [], uses = [] } = conversation ?? {};
  if (tools.length === 0 && uses.length === 0) return <Text c="dimmed">{t('requests.noTools')}</Text>;
  return (
    <Stack gap="lg">
      <section>
        <Title order={3} size="h6" mb="xs">
          {t('requests.declaredTools')}
        </Title>
        {tools.length === 0 && <Text c="dimmed">{t('requests.noDeclaredTools')}</Text>}
        <Stack gap="sm">
          {tools.map(({ name, description, parameters }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: nothing forbids two of one name
            <div key={index}>
              <Text fw={600} className="mono">
                {name}
              </Text>
              {description !== undefined && <Text size="sm">{description}</Text>}
              {parameters !== undefined && (
                <details>
                  <summary>{t('requests.parameters')}</summary>
                  <Code block>{parameters}</Code>
                </details>
              )}
            </div>
          ))}
        </Stack>
      </section>
      <section>
        <Title order={3} size="h6" mb="xs">
          {t('requests.toolUses')}
        </Title>
        {uses.length === 0 && <Text c="dimmed">{t('requests.noToolUses')}</Text>}
        <Stack gap="sm">
          {uses.map(({ kind, name, content }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: uses have no other name, and keep their order
            <div key={index}>
              <Text size="sm" fw={600} className="mono">
                {t(`requests.parts.${kind}`, { name })}
              </Text>
              <Code block>{content}</Code>
            </div>
          ))}
        </Stack>
      </section>
    </Stack>
  );
}
