import { writeFile } from 'node:fs/promises';
import { describeApi } from '../src/app.ts';
import { readConfig } from '../src/settings/config.ts';
import { toYaml } from '../src/plugins/openapi-document.ts';

// The document under default settings, whatever the environment of this run.
const document = await describeApi(readConfig({ LOG_LEVEL: 'silent' }));
await writeFile(new URL('../openapi.yaml', import.meta.url), toYaml(document));
