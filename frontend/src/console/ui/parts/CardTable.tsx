import { Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface CardTableProps {
  readonly columns: readonly string[];
  /** Whether a last column holds what can be done with a row. */
  readonly hasActions?: boolean;
  /** The rows; a cell's `data-label` names it where rows are stacked. */
  readonly children: React.ReactNode;
}

/** A table in a card, whose rows are stacked where it is narrow. */
export function CardTable({ columns, hasActions = false, children }: CardTableProps) {
  const { t } = useTranslation();
  return (
    <div className="card table-card">
      <Table verticalSpacing="xs" className="stacking">
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column} scope="col">
                {column}
              </Table.Th>
            ))}
            {hasActions && (
              <Table.Th scope="col">
                <span className="unseen">{t('common.actions')}</span>
              </Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </div>
  );
}
