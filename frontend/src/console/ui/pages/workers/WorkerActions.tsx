import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleWorker, WorkerAction } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { Icon } from '../../icons.tsx';
import { Confirm } from '../../parts/Confirm.tsx';
import { useAction } from '../../parts/use-action.ts';
import { RenameDialog } from './RenameDialog.tsx';
import { nameOf } from './worker-name.ts';

interface WorkerActionsProps {
  readonly worker: ConsoleWorker;
  readonly model: ConsoleModel;
}

/** What can be done with a worker. What ends it is asked for twice. */
export function WorkerActions({ worker, model }: WorkerActionsProps) {
  const { t } = useTranslation();
  const { isRunning, error, run } = useAction();
  const [dialog, setDialog] = useState<'rename' | 'drain' | 'disconnect'>();
  const name = nameOf(worker);
  const act = (action: WorkerAction) => model.client.call('actOnWorker', { params: { id: worker.id, action } });
  const close = () => setDialog(undefined);
  const toggle = worker.isPaused ? 'resume' : 'pause';
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        size="xs"
        variant="default"
        visibleFrom="xs"
        loading={isRunning}
        leftSection={<Icon name={worker.isPaused ? 'play' : 'pause'} size={14} />}
        onClick={() => void run(() => act(toggle))}
        title={error?.message}
        aria-label={t(`workers.actionsOf.${toggle}`, { name })}
      >
        {t(`workers.actions.${toggle}`)}
      </Button>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label={t('workers.more', { name })}>
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item hiddenFrom="xs" onClick={() => void run(() => act(toggle))}>
            {t(`workers.actions.${toggle}`)}
          </Menu.Item>
          <Menu.Item onClick={() => setDialog('rename')}>{t('workers.actions.rename')}</Menu.Item>
          <Menu.Item onClick={() => setDialog('drain')}>{t('workers.actions.drain')}</Menu.Item>
          <Menu.Item onClick={() => setDialog('disconnect')} c="var(--bad)">
            {t('workers.actions.disconnect')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <RenameDialog worker={worker} model={model} isOpen={dialog === 'rename'} onClose={close} />
      <Confirm
        title={t('workers.actionsOf.drain', { name })}
        text={t('workers.drainHint')}
        action={t('workers.actions.drain')}
        isOpen={dialog === 'drain'}
        onClose={close}
        onConfirm={() => act('drain')}
      />
      <Confirm
        title={t('workers.actionsOf.disconnect', { name })}
        text={t('workers.disconnectHint')}
        action={t('workers.actions.disconnect')}
        isOpen={dialog === 'disconnect'}
        onClose={close}
        onConfirm={() => act('disconnect')}
      />
    </Group>
  );
}
