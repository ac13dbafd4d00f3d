import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleWorker } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { Notice } from '../../parts/Notice.tsx';
import { useAction } from '../../parts/use-action.ts';
import { nameOf } from './worker-name.ts';

interface RenameDialogProps {
  readonly worker: ConsoleWorker;
  readonly model: ConsoleModel;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function RenameDialog({ worker, model, isOpen, onClose }: RenameDialogProps) {
  const { t } = useTranslation();
  const { isRunning, error, run } = useAction();
  const [changed, setChanged] = useState<string>();
  const label = changed ?? worker.label ?? '';
  const close = () => {
    setChanged(undefined);
    onClose();
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const body = { label: label.trim() === '' ? null : label };
    if (await run(() => model.client.call('changeWorker', { params: { id: worker.id }, body }))) {
      void model.workers.load();
      close();
    }
  };
  return (
    <Dialog isOpen={isOpen} onClose={close} title={t('workers.actionsOf.rename', { name: nameOf(worker) })}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          <TextInput
            label={t('workers.label')}
            description={t('workers.labelHint')}
            value={label}
            onChange={({ currentTarget }) => setChanged(currentTarget.value)}
            maxLength={60}
            data-autofocus
          />
          {error !== undefined && (
            <Notice tone="bad" isAlert>
              {error.message}
            </Notice>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={isRunning}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
