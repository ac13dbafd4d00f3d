import type { Tone } from './StateBadge.tsx';

interface NoticeProps {
  readonly tone: Tone;
  readonly title?: string;
  readonly children?: React.ReactNode;
  /** Whether screen readers are told at once. */
  readonly isAlert?: boolean;
}

/** What the user has to know here and now. */
export function Notice({ tone, title, children, isAlert = false }: NoticeProps) {
  return (
    <div className="notice" data-tone={tone} role={isAlert ? 'alert' : undefined}>
      {title !== undefined && <strong>{title}</strong>}
      {children !== undefined && <div>{children}</div>}
    </div>
  );
}
