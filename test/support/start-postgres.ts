import { startTestServer } from './test-server.ts';

const databaseUrl = process.env.DATABASE_URL;
await startTestServer(process.ppid, databaseUrl === '' ? undefined : databaseUrl);
