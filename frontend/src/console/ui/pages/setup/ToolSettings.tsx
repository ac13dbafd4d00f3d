import { CLIENT_NAMES, type ClientName, clientSettings } from '@gemini-proxy/gemini';
import { Select, Stack, Tabs, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Setup } from '../../../channel/contract.ts';
import { CodeBlock } from '../../parts/CodeBlock.tsx';

/** Settings of the usual tools, with this gateway's address and key in them. */
export function ToolSettings({ setup }: { readonly setup: Setup }) {
  const { t } = useTranslation();
  const [name, setName] = useState<ClientName>('gemini-cli');
  const choose = (value: string | null) => setName(CLIENT_NAMES.find((known) => known === value) ?? name);
  const settings = CLIENT_NAMES.map((client) =>
    clientSettings(client, { baseUrl: setup.baseUrl, apiKey: setup.clientKey, model: setup.model }),
  );
  const shown = settings.find((client) => client.name === name);
  return (
    <section className="card" aria-labelledby="tools">
      <Title order={2} size="h4" id="tools">
        {t('setup.tools.title')}
      </Title>
      <Text c="dimmed" size="sm" mb="sm">
        {t('setup.tools.text')}
      </Text>
      <Select
        hiddenFrom="sm"
        mb="sm"
        label={t('setup.tools.tool')}
        data={settings.map(({ name: value, title: label }) => ({ value, label }))}
        value={name}
        onChange={choose}
        allowDeselect={false}
      />
      <Tabs value={name} onChange={choose} keepMounted={false}>
        <Tabs.List visibleFrom="sm" mb="sm" aria-label={t('setup.tools.title')}>
          {settings.map(({ name: value, title }) => (
            <Tabs.Tab key={value} value={value}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={name}>
          <Stack gap="sm">
            {shown?.texts.map(({ place, text }) => (
              <CodeBlock key={place} title={place} text={text} copyLabel={t('common.copyThis', { what: place })} />
            ))}
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}
