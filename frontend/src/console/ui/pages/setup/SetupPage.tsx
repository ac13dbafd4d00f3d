import { Stack } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PageProps } from '../../page-props.ts';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { PageHead } from '../../parts/PageHead.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { useStore } from '../../use-store.ts';
import { ActivateStep } from './ActivateStep.tsx';
import { PasteStep } from './PasteStep.tsx';
import { StartStep } from './StartStep.tsx';
import { ToolSettings } from './ToolSettings.tsx';
import { TryItBox } from './TryItBox.tsx';
import './setup.css';

/** From nothing to the first answer: three steps with their live state, a question to try, and the settings of tools. */
export function SetupPage({ model }: PageProps) {
  const { t } = useTranslation();
  const { value: setup, error } = useStore(model.setup);
  if (setup === undefined)
    return error === undefined ? <PageLoading /> : <LoadFailed error={error} onRetry={() => void model.setup.load()} />;
  const isReady = setup.progress.readyWorkers > 0;
  return (
    <>
      <PageHead title={t('setup.title')} text={isReady ? t('setup.introReady') : t('setup.intro')} />
      <Stack gap="md">
        <ol className="steps">
          <StartStep setup={setup} model={model} />
          <PasteStep setup={setup} model={model} />
          <ActivateStep setup={setup} />
        </ol>
        <TryItBox setup={setup} isReady={isReady} />
        <ToolSettings setup={setup} />
      </Stack>
    </>
  );
}
