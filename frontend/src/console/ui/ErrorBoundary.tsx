import { Button, Group } from '@mantine/core';
import { Component } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from './parts/Notice.tsx';

interface ErrorBoundaryState {
  readonly error: Error | undefined;
}

/** A page that fails takes nothing else with it. */
export class ErrorBoundary extends Component<{ readonly children: React.ReactNode }, ErrorBoundaryState> {
  override readonly state: ErrorBoundaryState = { error: undefined };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    return error === undefined ? this.props.children : <Failed error={error} />;
  }
}

function Failed({ error }: { readonly error: Error }) {
  const { t } = useTranslation();
  return (
    <Notice tone="bad" isAlert title={t('common.pageFailed')}>
      <p>{error.message}</p>
      <Group mt="sm">
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {t('common.reload')}
        </Button>
      </Group>
    </Notice>
  );
}
