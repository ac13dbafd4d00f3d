import { Text, Title } from '@mantine/core';
import { Icon, type IconName } from '../icons.tsx';

interface EmptyStateProps {
  readonly icon: IconName;
  readonly title: string;
  /** Why there is nothing, and what would change that. */
  readonly text: string;
  readonly children?: React.ReactNode;
}

/** In the place of a list that has nothing in it. */
export function EmptyState({ icon, title, text, children }: EmptyStateProps) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <Title order={2} size="h4" mt="xs">
        {title}
      </Title>
      <Text c="dimmed" mt={4} mb={children === undefined ? 0 : 'md'}>
        {text}
      </Text>
      {children}
    </div>
  );
}
