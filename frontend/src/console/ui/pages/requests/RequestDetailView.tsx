import { Button, Group, Stack, Tabs, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { toCurl } from '../../../model/curl.ts';
import { toFragment } from '../../../model/route.ts';
import { formatBytes, formatCount, formatDateTime, formatDuration } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { CopyButton } from '../../parts/CopyButton.tsx';
import { Facts } from '../../parts/Facts.tsx';
import { Notice } from '../../parts/Notice.tsx';
import { StateBadge } from '../../parts/StateBadge.tsx';
import { useAction } from '../../parts/use-action.ts';
import { toneOf } from '../../request-tone.ts';
import { ConversationView } from './ConversationView.tsx';
import { HeadView } from './HeadView.tsx';
import { RawView } from './RawView.tsx';
import { TimelineView } from './TimelineView.tsx';
import { ToolsView } from './ToolsView.tsx';

interface RequestDetailViewProps {
  readonly request: RequestDetail;
  readonly model: ConsoleModel;
}

/** Everything about one request. */
export function RequestDetailView({ request, model }: RequestDetailViewProps) {
  const { t, i18n } = useTranslation();
  const { isRunning, error, run } = useAction();
  const replay = () =>
    run(async () => {
      const { id } = await model.client.call('replayRequest', { params: { id: request.id } });
      location.hash = toFragment('requests', id);
    });
  return (
    <Stack gap="md">
      <div>
        <Group gap="xs">
          <Title order={2} size="h4">
            {request.operation}
          </Title>
          <StateBadge tone={toneOf(request)}>
            {t(`requests.states.${request.state}`)}
            {request.status !== null && ` ${request.status}`}
          </StateBadge>
        </Group>
        <Text className="mono" c="dimmed" mt={4}>
          {request.method} {request.path}
        </Text>
      </div>
      {request.error !== null && (
        <Notice tone="bad" title={request.error.reason}>
          {request.error.message}
        </Notice>
      )}
      <Group gap="sm">
        <CopyButton text={toCurl(request, model.session.gateway.baseUrl)} label={t('requests.copyCurl')}>
          {t('requests.copyCurl')}
        </CopyButton>
        <Button
          size="xs"
          variant="default"
          leftSection={<Icon name="play" size={14} />}
          disabled={!request.canReplay}
          loading={isRunning}
          onClick={() => void replay()}
        >
          {t('requests.replay')}
        </Button>
        {!request.canReplay && (
          <Text size="sm" c="dimmed">
            {t('requests.cannotReplay')}
          </Text>
        )}
      </Group>
      {error !== undefined && (
        <Notice tone="bad" isAlert title={t('requests.replayFailed')}>
          {error.message}
        </Notice>
      )}
      <RequestFacts request={request} language={i18n.language} />
      <Tabs defaultValue="timeline" keepMounted={false}>
        <Tabs.List className="detail-tabs" aria-label={t('requests.detail')}>
          <Tabs.Tab value="timeline">{t('requests.tabs.timeline')}</Tabs.Tab>
          <Tabs.Tab value="head">{t('requests.tabs.head')}</Tabs.Tab>
          <Tabs.Tab value="conversation">{t('requests.tabs.conversation')}</Tabs.Tab>
          <Tabs.Tab value="tools">{t('requests.tabs.tools')}</Tabs.Tab>
          <Tabs.Tab value="raw">{t('requests.tabs.raw')}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="timeline" pt="md">
          <TimelineView request={request} />
        </Tabs.Panel>
        <Tabs.Panel value="head" pt="md">
          <HeadView request={request} />
        </Tabs.Panel>
        <Tabs.Panel value="conversation" pt="md">
          <ConversationView request={request} />
        </Tabs.Panel>
        <Tabs.Panel value="tools" pt="md">
          <ToolsView request={request} />
        </Tabs.Panel>
        <Tabs.Panel value="raw" pt="md">
          <RawView request={request} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}

function RequestFacts({ request, language }: { readonly request: RequestDetail; readonly language: string }) {
  const { t } = useTranslation();
  const duration = (value: number | null) => (value === null ? '' : formatDuration(value, language));
  const tokens = (value: number | null) => (value === null ? '' : formatCount(value, language));
  return (
    <Facts
      facts={[
        [t('requests.columns.time'), formatDateTime(request.atMs, language)],
        [t('requests.columns.firstByte'), duration(request.firstByteMs)],
        [t('requests.columns.duration'), duration(request.durationMs)],
        [t('requests.columns.model'), request.model],
        [t('requests.columns.worker'), request.workerId],
        [t('requests.account'), request.account],
        [t('requests.attempts'), String(request.attempts)],
        [t('requests.sent'), formatBytes(request.requestBytes, language)],
        [t('requests.received'), formatBytes(request.responseBytes, language)],
        [t('requests.tokensIn'), tokens(request.tokensIn)],
        [t('requests.tokensOut'), tokens(request.tokensOut)],
        [
          t('requests.id'),
          <span key="id" className="mono">
            {request.id}
          </span>,
        ],
        [
          t('requests.replayOf'),
          request.replayOf === null ? (
            ''
          ) : (
            <a key="of" className="mono" href={toFragment('requests', request.replayOf)}>
              {request.replayOf}
            </a>
          ),
        ],
        [t('requests.notes'), request.notes.join('; ')],
      ]}
    />
  );
}
