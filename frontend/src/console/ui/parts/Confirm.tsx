import { Button, Group, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Dialog } from './Dialog.tsx';
import { Notice } from './Notice.tsx';
import { useAction } from './use-action.ts';

interface ConfirmProps {
  readonly title: string;
  readonly text: string;
  /** The word on the button: what will be done. */
  readonly action: string;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onConfirm: () => Promise<unknown>;
}

/** Asks before something that cannot be undone, and says when it failed. */
export function Confirm({ title, text, action, isOpen, onClose, onConfirm }: ConfirmProps) {
  const { t } = useTranslation();
  const { isRunning, error, run, forget } = useAction();
  const close = () => {
    forget();
    onClose();
  };
  const confirm = async () => {
    if (await run(onConfirm)) close();
  };
  return (
    <Dialog isOpen={isOpen} onClose={close} title={title}>
      <Stack>
        <Text>{text}</Text>
        {error !== undefined && (
          <Notice tone="bad" isAlert>
            {error.message}
          </Notice>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button color="red.9" loading={isRunning} onClick={() => void confirm()}>
            {action}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
