import { Text } from '@mantine/core';

export interface TileProps {
  readonly label: string;
  readonly value: string;
  /** Behind the value, smaller. */
  readonly unit?: string;
  readonly note: string;
}

/** One number, what it is, and what stands beside it. */
export function Tile({ label, value, unit, note }: TileProps) {
  return (
    <div className="card tile">
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <p className="number">
        {value}
        {unit !== undefined && <small>{unit}</small>}
      </p>
      <Text size="sm" c="dimmed">
        {note}
      </Text>
    </div>
  );
}
