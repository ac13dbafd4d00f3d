import { Collapse, UnstyledButton } from '@mantine/core';
import { useId, useState } from 'react';
import { Icon } from '../../icons.tsx';
import { StateBadge, type Tone } from '../../parts/StateBadge.tsx';

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly state: { readonly tone: Tone; readonly text: string };
  /** Done steps are closed, and the one that is to be done is open, until the user says otherwise. */
  readonly isDone: boolean;
  readonly isCurrent: boolean;
  readonly children: React.ReactNode;
}

/** One of the three steps. */
export function Step({ number, title, state, isDone, isCurrent, children }: StepProps) {
  const [chosen, setChosen] = useState<boolean>();
  const isOpen = chosen ?? isCurrent;
  const id = useId();
  return (
    <li className="step card" data-done={isDone || undefined} data-current={isCurrent || undefined} data-step={number}>
      <h2>
        <UnstyledButton className="step-head" aria-expanded={isOpen} aria-controls={id} onClick={() => setChosen(!isOpen)}>
          <span className="step-number">{isDone ? <Icon name="check" size={16} /> : number}</span>
          <span className="step-title">{title}</span>
          <span aria-live="polite">
            <StateBadge tone={state.tone}>{state.text}</StateBadge>
          </span>
          <Icon name={isOpen ? 'up' : 'down'} size={16} />
        </UnstyledButton>
      </h2>
      <Collapse expanded={isOpen} id={id} transitionDuration={0}>
        <div className="step-body">{children}</div>
      </Collapse>
    </li>
  );
}
