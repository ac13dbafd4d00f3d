import { ActionIcon, AppShell, Burger, Group, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleModel } from '../model/console-model.ts';
import { type PageName, pageNames, type Route, toFragment } from '../model/route.ts';
import { ErrorBoundary } from './ErrorBoundary.tsx';
import { Icon, Mark } from './icons.tsx';
import { Preferences } from './Preferences.tsx';
import type { PageProps } from './page-props.ts';
import { Notice } from './parts/Notice.tsx';
import { PageLoading } from './parts/PageLoading.tsx';
import { StateBadge } from './parts/StateBadge.tsx';
import { useRoute } from './use-route.ts';
import { useStore } from './use-store.ts';

const pages = {
  setup: lazy(async () => ({ default: (await import('./pages/setup/SetupPage.tsx')).SetupPage })),
  overview: lazy(async () => ({ default: (await import('./pages/overview/OverviewPage.tsx')).OverviewPage })),
  workers: lazy(async () => ({ default: (await import('./pages/workers/WorkersPage.tsx')).WorkersPage })),
  requests: lazy(async () => ({ default: (await import('./pages/requests/RequestsPage.tsx')).RequestsPage })),
  files: lazy(async () => ({ default: (await import('./pages/files/FilesPage.tsx')).FilesPage })),
  keys: lazy(async () => ({ default: (await import('./pages/keys/KeysPage.tsx')).KeysPage })),
  settings: lazy(async () => ({ default: (await import('./pages/settings/SettingsPage.tsx')).SettingsPage })),
  logs: lazy(async () => ({ default: (await import('./pages/logs/LogsPage.tsx')).LogsPage })),
} as const satisfies Record<PageName, React.ComponentType<PageProps>>;

/** Navigation, state of the gateway, and the page that the address names. */
export function Shell({ model, onSignOut }: { readonly model: ConsoleModel; readonly onSignOut: () => void }) {
  const { t } = useTranslation();
  const route = useKnownRoute(model);
  const [isOpen, { toggle, close }] = useDisclosure();
  const link = useStore(model.link);
  useEffect(() => {
    document.title = route === undefined ? 'GeminiProxy' : `${t(`pages.${route.page}`)} · GeminiProxy`;
  }, [route, t]);
  const Page = route === undefined ? undefined : pages[route.page];
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding={{ base: 'md', sm: 'lg' }}
      transitionDuration={0}
    >
      <button type="button" className="skip-link" onClick={() => document.getElementById('page-title')?.focus()}>
        {t('shell.skip')}
      </button>
      <AppShell.Header className="shell-part">
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t('shell.menu')}
              aria-expanded={isOpen}
              aria-controls="navigation"
            />
            <Mark />
            <Text fw={650} size="lg" visibleFrom="xs">
              GeminiProxy
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <WorkersBadge model={model} />
            <Preferences />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar className="shell-part" p="xs" id="navigation" aria-label={t('shell.navigation')}>
        <Stack gap={2} flex={1}>
          {pageNames.map((page) => (
            <NavLink
              key={page}
              href={toFragment(page)}
              label={t(`pages.${page}`)}
              leftSection={<Icon name={page} />}
              active={route?.page === page}
              aria-current={route?.page === page ? 'page' : undefined}
              className="nav-link"
              onClick={close}
            />
          ))}
        </Stack>
        <Group justify="space-between" px="sm" py={4} wrap="nowrap">
          <Text size="sm" c="dimmed">
            {t('shell.version', { version: model.session.gateway.version })}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            c="dimmed"
            aria-label={t('shell.signOut')}
            title={t('shell.signOut')}
            onClick={onSignOut}
          >
            <Icon name="signOut" />
          </ActionIcon>
        </Group>
      </AppShell.Navbar>
      <AppShell.Main>
        <div className="page">
          {link === 'lost' && (
            <div className="link-lost">
              <Notice tone="bad" isAlert title={t('common.unreachable')}>
                {t('common.unreachableHint')}
              </Notice>
            </div>
          )}
          {Page === undefined || route === undefined ? (
            <PageLoading />
          ) : (
            <ErrorBoundary key={route.page}>
              <Suspense fallback={<PageLoading />}>
                <Page model={model} item={route.item} />
              </Suspense>
            </ErrorBoundary>
          )}
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

/** Where the address names no page: the set-up until a program was answered, and the overview from then on. */
function useKnownRoute(model: ConsoleModel): Route | undefined {
  const route = useRoute();
  const { value: setup, error } = useStore(model.setup);
  const needsHome = route === undefined;
  const home = setup?.progress.step === 'ready' && setup.progress.answered > 0 ? 'overview' : 'setup';
  const isKnown = setup !== undefined || error !== undefined;
  useEffect(() => {
    if (needsHome && isKnown) location.replace(toFragment(home));
  }, [needsHome, isKnown, home]);
  return route;
}

function WorkersBadge({ model }: { readonly model: ConsoleModel }) {
  const { t } = useTranslation();
  const { value } = useStore(model.workers);
  const link = useStore(model.link);
  if (link === 'lost') return <StateBadge tone="bad">{t('shell.offline')}</StateBadge>;
  if (value === undefined) return null;
  const ready = value.workers.filter(({ state, isPaused }) => state === 'ready' && !isPaused).length;
  const tone = ready > 0 ? 'good' : value.workers.length > 0 ? 'attention' : 'idle';
  return (
    <StateBadge tone={tone}>
      {value.workers.length === 0 ? t('shell.noWorkers') : t('shell.readyWorkers', { ready, total: value.workers.length })}
    </StateBadge>
  );
}
