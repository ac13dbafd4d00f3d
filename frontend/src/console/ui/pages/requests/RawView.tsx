import { Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CapturedBody, RequestDetail } from '../../../channel/contract.ts';
import { formatBytes } from '../../format.ts';
import { CodeBlock } from '../../parts/CodeBlock.tsx';
import { NotCaptured } from './NotCaptured.tsx';

/** Characters of a body that are drawn; more would hold the browser up. All of what is kept can be copied. */
const mostDrawn = 100_000;

/** The bodies as they were. */
export function RawView({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  if (!request.isCaptured) return <NotCaptured />;
  return (
    <Stack gap="md">
      <Body title={t('requests.requestBody')} body={request.request.body} />
      <Body title={t('requests.responseBody')} body={request.response?.body ?? null} />
    </Stack>
  );
}

function Body({ title, body }: { readonly title: string; readonly body: CapturedBody | null }) {
  const { t, i18n } = useTranslation();
  if (body === null || body.bytes === 0)
    return (
      <Text c="dimmed">
        {title}: {t('requests.noBody')}
      </Text>
    );
  const size = formatBytes(body.bytes, i18n.language);
  const notes = [
    size,
    body.contentType ?? '',
    body.encoding === 'base64' ? t('requests.asBase64') : '',
    body.isTruncated ? t('requests.truncated') : '',
  ].filter((note) => note !== '');
  return (
    <section aria-label={title}>
      <CodeBlock
        title={`${title} · ${notes.join(' · ')}`}
        text={body.content.length > mostDrawn ? `${body.content.slice(0, mostDrawn)}…` : body.content}
        copied={body.content}
        copyLabel={t('common.copyThis', { what: title })}
        wraps
      />
    </section>
  );
}
