import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RouteAnswer } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { CodeBlock } from '../../parts/CodeBlock.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { NameForm } from '../../parts/NameForm.tsx';
import { useAction } from '../../parts/use-action.ts';

interface NewKeyDialogProps {
  readonly model: ConsoleModel;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Makes a key, and shows it this once. */
export function NewKeyDialog({ model, isOpen, onClose }: NewKeyDialogProps) {
  const { t } = useTranslation();
  const making = useAction();
  const [name, setName] = useState('');
  const [made, setMade] = useState<RouteAnswer<'createKey'>>();
  const close = () => {
    setName('');
    setMade(undefined);
    making.forget();
    onClose();
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={made === undefined ? t('keys.new') : t('keys.made', { name: made.key.name })}
      isStubborn={made !== undefined}
    >
      {made === undefined ? (
        <NameForm
          label={t('keys.name')}
          hint={t('keys.nameHint')}
          name={name}
          onChange={setName}
          isRequired
          action={t('keys.make')}
          state={making}
          onSubmit={() => void making.run(async () => setMade(await model.client.call('createKey', { body: { name } })))}
          onCancel={close}
        />
      ) : (
        <Stack>
          <Text>{t('keys.madeHint')}</Text>
          <CodeBlock title={made.key.name} text={made.value} copyLabel={t('common.copyThis', { what: made.key.name })} wraps />
          <Group justify="flex-end">
            <Button onClick={close}>{t('common.done')}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
