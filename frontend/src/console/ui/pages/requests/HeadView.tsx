import { Stack, Table, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { RequestDetail } from '../../../channel/contract.ts';

/** Headers of both directions. */
export function HeadView({ request }: { readonly request: RequestDetail }) {
  const { t } = useTranslation();
  return (
    <Stack gap="lg">
      <Headers title={t('requests.requestHead')} line={`${request.method} ${request.path}`} headers={request.request.headers} />
      {request.response === null ? (
        <Text c="dimmed">{t('requests.noResponse')}</Text>
      ) : (
        <Headers title={t('requests.responseHead')} line={String(request.response.status)} headers={request.response.headers} />
      )}
    </Stack>
  );
}

interface HeadersProps {
  readonly title: string;
  readonly line: string;
  readonly headers: RequestDetail['request']['headers'];
}

function Headers({ title, line, headers }: HeadersProps) {
  const { t } = useTranslation();
  return (
    <section aria-label={title}>
      <Title order={3} size="h6">
        {title}
      </Title>
      <Text className="mono" mb="xs">
        {line}
      </Text>
      {headers.length === 0 ? (
        <Text c="dimmed">{t('requests.noHeaders')}</Text>
      ) : (
        <Table fz="sm" verticalSpacing={4} layout="fixed">
          <Table.Tbody>
            {headers.map(([name, value], index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a header may stand there twice
              <Table.Tr key={index}>
                <Table.Th scope="row" w="38%" className="mono">
                  {name}
                </Table.Th>
                <Table.Td className="mono">{value}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </section>
  );
}
