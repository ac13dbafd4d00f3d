import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import type { Entry } from '../model/entry.ts';
import { Shell } from './Shell.tsx';
import { SignedOut } from './SignedOut.tsx';
import { colors, theme } from './theme.ts';
import { useStore } from './use-store.ts';

const colorSchemeManager = localStorageColorSchemeManager({ key: 'gemini-proxy.theme' });

/** The whole console: the door, or the room behind it. */
export function App({ entry }: { readonly entry: Entry }) {
  const state = useStore(entry);
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={colors}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemeManager}
    >
      {state.is === 'inside' ? (
        <Shell model={state.model} onSignOut={() => void entry.signOut().catch(() => undefined)} />
      ) : (
        <SignedOut state={state} entry={entry} />
      )}
    </MantineProvider>
  );
}
