import { stopTestServer } from './test-server.ts';

await stopTestServer(process.ppid);
