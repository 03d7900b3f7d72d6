import { STATE_CONNECTIONS } from '../../src/secrets/state-reader.ts';
import { settings } from '../../src/settings/settings.ts';

/** CPU that one request takes, in milliseconds. */
export interface Cost {
  instanceMs: number;
  postgresMs: number;
}

/** How it is laid out. */
export interface Layout {
  checksPerSecond: number;
  regions: number;
  /** From an instance to the Postgres that it reads from. */
  roundTripMs: number;
  check: Cost;
  /** A check that shares its question with no other. */
  loneCheck: Cost;
}

export interface Capacity {
  instancesPerRegion: number;
  /** That instances ask Postgres, in a region. */
  questionsPerSecond: number;
  postgresCoresPerRegion: number;
  /** Servers that are read from, in a region. */
  serversPerRegion: number;
  connectionsPerServer: number;
}

/** An instance checks on one core, and a third of it stays free. */
const INSTANCE_BUSY = 0.65;
/** One of three may be away: a zone, or a restart. */
const INSTANCES_MIN = 3;
/** Questions of one instance that are under way at once. */
const IN_FLIGHT = 2;
/** Of a server that is read from: cores, the share of them for reads, and another one for its absence. */
export const SERVER_CORES = 16;
const SERVER_BUSY = 0.5;
const SERVERS_MIN = 2;
/** Of an instance with the pool as it is by default: for requests, for checks, and one that tells how the database is. */
const CONNECTIONS = settings.DATABASE_POOL_MAX.fallback + STATE_CONNECTIONS + 1;

/**
 * Counts what a rate of checks takes. What an instance asks Postgres is shared by all checks that wait meanwhile, so the
 * questions of an instance are bounded by the round trip and not by the rate.
 */
export function planCapacity({ checksPerSecond, regions, roundTripMs, check, loneCheck }: Layout): Capacity {
  const perRegion = checksPerSecond / regions;
  const instances = Math.max(INSTANCES_MIN, Math.ceil((perRegion * check.instanceMs) / 1000 / INSTANCE_BUSY));
  const questionMs = roundTripMs + loneCheck.postgresMs;
  const questions = Math.min(perRegion, (instances * IN_FLIGHT * 1000) / questionMs);
  const cores = (questions * loneCheck.postgresMs) / 1000;
  const servers = Math.max(SERVERS_MIN, Math.ceil(cores / (SERVER_CORES * SERVER_BUSY)));
  return {
    instancesPerRegion: instances,
    questionsPerSecond: questions,
    postgresCoresPerRegion: cores,
    serversPerRegion: servers,
    connectionsPerServer: Math.ceil(instances / servers) * CONNECTIONS,
  };
}
