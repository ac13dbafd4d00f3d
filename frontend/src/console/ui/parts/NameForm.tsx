import { Button, Group, Stack, TextInput } from '@mantine/core';
import type { FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from './Notice.tsx';
import type { Action } from './use-action.ts';

interface NameFormProps {
  readonly label: string;
  readonly hint: string;
  readonly name: string;
  readonly onChange: (name: string) => void;
  readonly isRequired?: boolean;
  /** The word on the button: what will be done. */
  readonly action: string;
  /** What the button starts. */
  readonly state: Pick<Action, 'isRunning' | 'error'>;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
}

/** Asks for a name, and says when what it is for failed. */
export function NameForm({ label, hint, name, onChange, isRequired = false, action, state, onSubmit, onCancel }: NameFormProps) {
  const { t } = useTranslation();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label={label}
          description={hint}
          value={name}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
          maxLength={60}
          required={isRequired}
          withAsterisk={false}
          data-autofocus
        />
        {state.error !== undefined && (
          <Notice tone="bad" isAlert>
            {state.error.message}
          </Notice>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            {t('common.cancel')}
          </Button>
          <Button type="submit" loading={state.isRunning}>
            {action}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
