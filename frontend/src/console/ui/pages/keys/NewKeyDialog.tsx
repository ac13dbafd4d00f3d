import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RouteAnswer } from '../../../channel/contract.ts';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { CodeBlock } from '../../parts/CodeBlock.tsx';
import { Dialog } from '../../parts/Dialog.tsx';
import { Notice } from '../../parts/Notice.tsx';
import { useAction } from '../../parts/use-action.ts';

interface NewKeyDialogProps {
  readonly model: ConsoleModel;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** Makes a key, and shows it this once. */
export function NewKeyDialog({ model, isOpen, onClose }: NewKeyDialogProps) {
  const { t } = useTranslation();
  const { isRunning, error, run, forget } = useAction();
  const [name, setName] = useState('');
  const [made, setMade] = useState<RouteAnswer<'createKey'>>();
  const close = () => {
    setName('');
    setMade(undefined);
    forget();
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void run(async () => setMade(await model.client.call('createKey', { body: { name } })));
  };
  return (
    <Dialog
      isOpen={isOpen}
      onClose={close}
      title={made === undefined ? t('keys.new') : t('keys.made', { name: made.key.name })}
      isStubborn={made !== undefined}
    >
      {made === undefined ? (
        <form onSubmit={submit}>
          <Stack>
            <TextInput
              label={t('keys.name')}
              description={t('keys.nameHint')}
              value={name}
              onChange={({ currentTarget }) => setName(currentTarget.value)}
              maxLength={60}
              required
              withAsterisk={false}
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
                {t('keys.make')}
              </Button>
            </Group>
          </Stack>
        </form>
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
