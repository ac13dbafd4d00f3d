import { ActionIcon, Button, Group, type MantineColorScheme, useMantineColorScheme } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { chooseLanguage } from '../texts/i18n.ts';
import { Icon, type IconName } from './icons.tsx';

const nextTheme: Readonly<Record<MantineColorScheme, MantineColorScheme>> = { auto: 'light', light: 'dark', dark: 'auto' };
const themeIcons: Readonly<Record<MantineColorScheme, IconName>> = { auto: 'auto', light: 'sun', dark: 'moon' };

/** Language and theme. */
export function Preferences() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const other = i18n.language === 'zh' ? 'en' : 'zh';
  const label = t('shell.theme', { theme: t(`shell.themes.${colorScheme}`) });
  return (
    <Group gap={6} wrap="nowrap">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        c="var(--mantine-color-text)"
        lang={other === 'zh' ? 'zh-CN' : 'en'}
        onClick={() => chooseLanguage(other)}
      >
        {other === 'zh' ? '中文' : 'English'}
      </Button>
      <ActionIcon
        variant="subtle"
        color="gray"
        c="var(--mantine-color-text)"
        size="lg"
        aria-label={label}
        title={label}
        onClick={() => setColorScheme(nextTheme[colorScheme])}
      >
        <Icon name={themeIcons[colorScheme]} />
      </ActionIcon>
    </Group>
  );
}
