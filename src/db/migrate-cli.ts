import { migrateDatabase, MigrationError } from './migrate.ts';

const databaseUrl = process.env.DATABASE_URL;
if (!databaseUrl) {
  console.error('DATABASE_URL is not set: postgres://user:password@host:5432/database');
  process.exitCode = 1;
} else {
  try {
    const { applied } = await migrateDatabase(databaseUrl);
    console.log(applied === 0 ? 'The schema is up to date' : `The schema is up to date: ${applied} migrations applied`);
  } catch (err) {
    console.error(err instanceof MigrationError ? err.message : err);
    process.exitCode = 1;
  }
}
