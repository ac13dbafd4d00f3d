import { type CSSVariablesResolver, createTheme, type MantineColorsTuple, Menu, Select } from '@mantine/core';

const brand: MantineColorsTuple = [
  '#edf1fd',
  '#dbe3fb',
  '#b9c8f7',
  '#9db4ff',
  '#7592f3',
  '#4f70e6',
  '#3156d3',
  '#2848b6',
  '#203a94',
  '#182c72',
];

/** Greys with a touch of blue; the outer ones are the grounds of both themes. */
const dark: MantineColorsTuple = [
  '#eceef3',
  '#ccd1db',
  '#a5acba',
  '#757d8c',
  '#3a404c',
  '#2c313b',
  '#22262f',
  '#1a1d24',
  '#111318',
  '#0b0c10',
];

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 6, dark: 6 },
  colors: { brand, dark },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace',
  defaultRadius: 'md',
  headings: { fontWeight: '650' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  // What opens is there at once, and within the page's own landmarks; what closes is gone.
  components: {
    Menu: Menu.extend({
      // The placeholder for the first focus would be a child that a menu must not have.
      defaultProps: { transitionProps: { duration: 0 }, withinPortal: false, withInitialFocusPlaceholder: false },
    }),
    Select: Select.extend({ defaultProps: { comboboxProps: { transitionProps: { duration: 0 }, withinPortal: false } } }),
  },
});

/** Colours by their meaning. Each text colour has a contrast of at least 4.5 to the grounds it stands on. */
export const colors: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#1a1d24',
    '--mantine-color-dimmed': '#575e6c',
    '--mantine-color-placeholder': '#686f7d',
    '--mantine-color-default-border': '#d9dde5',
    '--mantine-color-anchor': '#2848b6',
    '--mantine-color-error': '#b3261e',
    '--ground': '#f5f6f8',
    '--card': '#ffffff',
    '--line': '#e1e4ea',
    '--good': '#147a4a',
    '--good-ground': '#eaf6ef',
    '--busy': '#2f52cb',
    '--busy-ground': '#edf1fd',
    '--attention': '#855400',
    '--attention-ground': '#fdf4e3',
    '--bad': '#b3261e',
    '--bad-ground': '#fdeeec',
    '--idle': '#575e6c',
    '--idle-ground': '#eff1f4',
    '--series-1': '#3156d3',
    '--series-2': '#b4540a',
    '--series-3': '#147a4a',
    '--series-4': '#8a3ea8',
    '--series-5': '#b3261e',
  },
  dark: {
    '--mantine-color-body': '#1a1d24',
    '--mantine-color-text': '#eceef3',
    '--mantine-color-dimmed': '#a5acba',
    '--mantine-color-placeholder': '#969eac',
    '--mantine-color-default-border': '#3a404c',
    '--mantine-color-anchor': '#9db4ff',
    '--mantine-color-error': '#ff9c93',
    '--ground': '#111318',
    '--card': '#1a1d24',
    '--line': '#2c313b',
    '--good': '#6fd6a2',
    '--good-ground': '#14261e',
    '--busy': '#9db4ff',
    '--busy-ground': '#181f36',
    '--attention': '#f0bd66',
    '--attention-ground': '#2b2212',
    '--bad': '#ff9c93',
    '--bad-ground': '#301917',
    '--idle': '#a5acba',
    '--idle-ground': '#22262f',
    '--series-1': '#9db4ff',
    '--series-2': '#f0a868',
    '--series-3': '#6fd6a2',
    '--series-4': '#d9a1f0',
    '--series-5': '#ff9c93',
  },
});
