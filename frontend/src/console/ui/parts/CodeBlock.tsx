import { CopyButton } from './CopyButton.tsx';

interface CodeBlockProps {
  /** Where the text belongs, or what it is. */
  readonly title: string;
  readonly text: string;
  /** Where more is copied than shown. */
  readonly copied?: string;
  readonly copyLabel: string;
  readonly wraps?: boolean;
}

/** Text to be typed or pasted as it is. */
export function CodeBlock({ title, text, copied = text, copyLabel, wraps = false }: CodeBlockProps) {
  return (
    <div className="code" data-wraps={wraps || undefined}>
      <div className="code-head">
        <span>{title}</span>
        <CopyButton text={copied} label={copyLabel} variant="subtle" />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has to by keyboard, too */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
