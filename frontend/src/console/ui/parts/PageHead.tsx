import { Group, Text, Title } from '@mantine/core';
import { useEffect, useRef } from 'react';

interface PageHeadProps {
  readonly title: string;
  readonly text?: string;
  /** Controls beside the title. */
  readonly children?: React.ReactNode;
}

/** Whether the user has gone to a page; the first one was opened, and leaves the focus to the browser. */
let hasNavigated = false;
addEventListener('hashchange', () => {
  hasNavigated = true;
});

/** Title of a page; it gets the focus when the page is gone to, so that screen readers say where the user is. */
export function PageHead({ title, text, children }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (hasNavigated) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <Group justify="space-between" align="flex-end" mb="lg" gap="sm">
      <div style={{ flex: '1 1 20rem' }}>
        <Title order={1} size="h2" className="page-title" id="page-title" tabIndex={-1} ref={heading}>
          {title}
        </Title>
        {text !== undefined && (
          <Text c="dimmed" mt={4} maw="44rem">
            {text}
          </Text>
        )}
      </div>
      {children}
    </Group>
  );
}
