import { sql } from 'drizzle-orm';
import { timestamp, uuid } from 'drizzle-orm/pg-core';

/** A moment, kept to the millisecond so that what a reader sees is what a condition compares. */
export const moment = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });

/** Now, as a {@link moment} keeps it: a rounded now() may lie ahead of the clock, and what is due now would not be yet. */
export const thisMoment = sql`date_trunc('milliseconds', now())`;

/** The primary key of every record a caller can name: a UUIDv7, made by the service. */
export const recordId = () => uuid('id').primaryKey();

export const createdAt = () => moment('created_at').notNull().defaultNow();
export const updatedAt = () => moment('updated_at').notNull().defaultNow();
