import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { ConsoleModel } from '../../../model/console-model.ts';
import { Query } from '../../../model/query.ts';
import { unpackBodies } from '../../../model/unpack.ts';
import { SideDialog } from '../../parts/Dialog.tsx';
import { LoadFailed } from '../../parts/LoadFailed.tsx';
import { PageLoading } from '../../parts/PageLoading.tsx';
import { useStore } from '../../use-store.ts';
import { RequestDetailView } from './RequestDetailView.tsx';

interface RequestDrawerProps {
  readonly id: string | undefined;
  readonly model: ConsoleModel;
  readonly onClose: () => void;
}

/** A request that still runs is looked at again and again. */
const refreshMs = 1_000;

/** One request beside the list. */
export function RequestDrawer({ id, model, onClose }: RequestDrawerProps) {
  const { t } = useTranslation();
  return (
    <SideDialog isOpen={id !== undefined} onClose={onClose} title={t('requests.detail')}>
      {id !== undefined && <Content key={id} id={id} model={model} />}
    </SideDialog>
  );
}

function Content({ id, model }: { readonly id: string; readonly model: ConsoleModel }) {
  const query = useMemo(
    () => new Query(async (signal) => unpackBodies(await model.client.call('getRequest', { params: { id } }, signal))),
    [id, model],
  );
  const { value: request, error } = useStore(query);
  const isOver = request !== undefined && request.state !== 'queued' && request.state !== 'running';
  useEffect(() => {
    void query.load();
    if (isOver) return;
    const timer = setInterval(() => void query.load(), refreshMs);
    return () => clearInterval(timer);
  }, [query, isOver]);
  if (request !== undefined) return <RequestDetailView request={request} model={model} />;
  return error === undefined ? <PageLoading /> : <LoadFailed error={error} onRetry={() => void query.load()} />;
}
