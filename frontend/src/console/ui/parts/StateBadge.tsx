export type Tone = 'good' | 'busy' | 'attention' | 'bad' | 'idle';

/** A state in a word, with its colour. */
export function StateBadge({ tone, children }: { readonly tone: Tone; readonly children: React.ReactNode }) {
  return (
    <span className="state" data-tone={tone}>
      {children}
    </span>
  );
}
