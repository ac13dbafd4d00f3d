import { Button, type ButtonProps } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../icons.tsx';
import { copyText } from './copy.ts';

interface CopyButtonProps extends ButtonProps {
  /** What is copied, or how to get it. */
  readonly text: string | (() => Promise<string>);
  /** What it is, for those who hear the button without its surroundings. */
  readonly label: string;
  /** The word on the button; default “Copy”. */
  readonly children?: React.ReactNode;
  readonly onCopied?: () => void;
}

type Outcome = 'none' | 'copied' | 'failed';
/** How long the button says what has become of it. */
const shownMs = 2_000;

export function CopyButton({ text, label, children, onCopied, ...rest }: CopyButtonProps) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<Outcome>('none');
  useEffect(() => {
    if (outcome === 'none') return;
    const timer = setTimeout(() => setOutcome('none'), shownMs);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    const isCopied = await (typeof text === 'string' ? Promise.resolve(text) : text()).then(copyText, () => false);
    setOutcome(isCopied ? 'copied' : 'failed');
    if (isCopied) onCopied?.();
  };
  const word = children ?? t('common.copy');
  const shown = { none: word, copied: t('common.copied'), failed: t('common.copyFailed') }[outcome];
  return (
    <Button
      variant="default"
      size="xs"
      leftSection={<Icon name={outcome === 'copied' ? 'check' : 'copy'} size={15} />}
      aria-label={outcome === 'none' ? label : undefined}
      onClick={() => void copy()}
      {...rest}
    >
      <span aria-live="polite">{shown}</span>
    </Button>
  );
}
