import { Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { WorkerPage } from '../../../channel/contract.ts';
import { formatBytes } from '../../format.ts';
import { Icon } from '../../icons.tsx';
import { CopyButton } from '../../parts/CopyButton.tsx';

/** Files to copy one by one; it is remembered which ones were. */
export function PageFiles({ files }: { readonly files: WorkerPage['files'] }) {
  const { t, i18n } = useTranslation();
  const [copied, setCopied] = useState<ReadonlySet<string>>(new Set());
  return (
    <ul className="page-files">
      {files.map(({ path, bytes, text }) => (
        <li key={path}>
          <span className="page-file-sign" data-copied={copied.has(path) || undefined}>
            <Icon name={copied.has(path) ? 'check' : 'files'} size={16} />
          </span>
          <span className="mono page-file-name">{nameOf(path)}</span>
          <Text span size="sm" c="dimmed">
            {formatBytes(bytes, i18n.language)}
          </Text>
          <CopyButton
            text={text}
            label={t('setup.paste.copyFile', { name: nameOf(path) })}
            onCopied={() => setCopied(new Set([...copied, path]))}
          />
        </li>
      ))}
    </ul>
  );
}

/** In AI Studio the files of the older form lie at the top. */
function nameOf(path: string): string {
  return path.replace(/^paste\//, '');
}
