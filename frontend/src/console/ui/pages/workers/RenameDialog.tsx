import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleWorker } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { NameForm } from '../../parts/NameForm.tsx';
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
  const renaming = useAction();
  const [changed, setChanged] = useState<string>();
  const label = changed ?? worker.label ?? '';
  const close = () => {
    setChanged(undefined);
    renaming.forget();
    onClose();
  };
  const rename = async () => {
    const body = { label: label.trim() === '' ? null : label };
    if (await renaming.run(() => model.client.call('changeWorker', { params: { id: worker.id }, body }))) {
      void model.workers.load();
      close();
    }
  };
  return (
    <Dialog isOpen={isOpen} onClose={close} title={t('workers.actionsOf.rename', { name: nameOf(worker) })}>
      <NameForm
        label={t('workers.label')}
        hint={t('workers.labelHint')}
        name={label}
        onChange={setChanged}
        action={t('common.save')}
        state={renaming}
        onSubmit={() => void rename()}
        onCancel={close}
      />
    </Dialog>
  );
}
