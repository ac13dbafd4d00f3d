import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createPackage } from './create-package.ts';
import { repository } from './repository.ts';

/** `npm run pack`: writes dist/package and the tarball beside it. */
const { tarball } = await createPackage(join(repository, 'dist'));
const { size } = await stat(tarball);
console.log(`${relative(process.cwd(), tarball)}  ${(size / 1000).toFixed(0)} kB`);
