import { Button, Group, Switch, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { formatBytes, formatNumber } from '../../format.ts';
import { useAction } from '../../parts/use-action.ts';
import { useStore } from '../../use-store.ts';

/** Bodies are kept only where the user says so; what is kept stays in memory, and can be forgotten at once. */
export function CaptureSwitch({ model }: { readonly model: ConsoleModel }) {
  const { t, i18n } = useTranslation();
  const { value: capture } = useStore(model.capture);
  const { isRunning, error, run } = useAction();
  if (capture === undefined) return null;
  const change = (isOn: boolean) =>
    run(async () => model.capture.put(await model.client.call('changeCapture', { body: { isOn } })));
  const clear = () => run(async () => model.capture.put(await model.client.call('clearCapture', {})));
  return (
    <div>
      <Group gap="sm">
        <Switch
          label={t('requests.capture.on')}
          checked={capture.isOn}
          disabled={isRunning}
          onChange={({ currentTarget }) => void change(currentTarget.checked)}
          error={error?.message}
        />
        {capture.keptRequests > 0 && (
          <Button variant="subtle" size="compact-sm" onClick={() => void clear()}>
            {t('requests.capture.clear')}
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {capture.isOn || capture.keptRequests > 0
          ? t('requests.capture.kept', {
              requests: formatNumber(capture.keptRequests, i18n.language),
              bytes: formatBytes(capture.keptBytes, i18n.language),
            })
          : t('requests.capture.off')}
      </Text>
    </div>
  );
}
