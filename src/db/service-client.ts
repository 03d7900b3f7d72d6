import { Socket } from 'node:net';
import pg from 'pg';
import { ConnectionError, SilenceError, StandbyWaitCancelledError, UnsuitableServerError } from './failures.ts';
import { noteHeard, READERS_EXIST } from './heard-change.ts';
import type { Hosts } from './hosts.ts';
import { carriedSettings, requireSession, SESSION_QUERY } from './session.ts';
import type { SessionRow } from './session.ts';
import { TIMELINE_QUERY } from './timeline.ts';
import type { TimelineRow } from './timeline.ts';

/** Before what stands between forgets a connection that is not used. */
const KEEP_ALIVE_AFTER_MS = 30_000;

/** The function of Postgres in which a commit waits for standbys. It warns of nothing but a wait that it gives up. */
const STANDBY_WAIT = 'SyncRepWaitForLSN';

const OUTDATED =
  'was the primary before another one was promoted: stop it, or make it a standby (after a restore, restart the service)';

export interface ServiceClientConfig extends pg.ClientConfig {
  hosts: Hosts;
  /** How long the server may say nothing while it has a query; 0 is for ever. */
  silenceTimeoutMs: number;
  /** Told of the backend of a connection that was given up for its silence. */
  onSilence?: ((pid: number) => void) | undefined;
}

type Connected = (err: Error | null, client?: pg.Client) => void;

/** A connection to the host that is thought to be the primary, with a session that nobody else's settings reach. */
export class ServiceClient extends pg.Client {
  readonly #config: ServiceClientConfig;
  readonly #url: string;
  /** Of its server; undefined where that does not tell. */
  #timeline: number | undefined;

  constructor(config: ServiceClientConfig) {
    const { hosts } = config;
    const url = hosts.current;
    super({
      ...config,
      connectionString: url,
      options: hosts.options,
      client_encoding: 'utf8',
      sslnegotiation: 'postgres',
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    });
    this.#config = config;
    this.#url = url;
    // A connection that breaks also fails the query in progress, which is where that is dealt with.
    this.on('error', () => undefined);
    this.on('notice', ({ routine, code, detail }) => {
      if (routine === STANDBY_WAIT) this.#failUnderWay(new StandbyWaitCancelledError());
      if (code === READERS_EXIST) noteHeard((this as unknown as Inside)._activeQuery ?? {}, detail);
    });
  }

  /** Whether another server has been promoted since the one that this connection leads to. */
  get isOutdated(): boolean {
    return this.#timeline !== undefined && this.#config.hosts.timeline.isOver(this.#timeline);
  }

  /** Rejects with a ConnectionError when there is no connection, or it leads to a server that cannot be worked with. */
  override connect(): Promise<this>;
  override connect(callback: Connected): void;
  override connect(callback?: Connected): Promise<this> | undefined {
    if (callback === undefined) {
      return new Promise((resolve, reject) => {
        this.connect((err) => {
          if (err === null) resolve(this);
          else reject(err);
        });
      });
    }
    super.connect((err: Error | null) => {
      if (err === null) this.#lookAtSession(callback);
      else this.#giveUp(err, callback);
    });
    return undefined;
  }

  /** Called by `pg` for the parameters of the connection's start, which its types do not know. */
  getStartupConf(): Record<string, string> {
    const parameters = (basePrototype.getStartupConf as () => Record<string, string>).call(this);
    // `pg` would take it from a variable of the host's.
    delete parameters.replication;
    return { ...parameters, ...carriedSettings };
  }

  #lookAtSession(callback: Connected): void {
    this.#boundSilence();
    this.query(SESSION_QUERY, (err: Error | null, result: pg.QueryResult<SessionRow>) => {
      if (err !== null) {
        this.#giveUp(err, callback);
        return;
      }
      try {
        for (const row of result.rows) requireSession(row, this, this.#config.hosts.sessionKind);
      } catch (unsuitable) {
        this.#giveUp(unsuitable, callback);
        return;
      }
      this.#lookAtTimeline(callback);
    });
  }

  #lookAtTimeline(callback: Connected): void {
    this.query(TIMELINE_QUERY, (err: Error | null, result: pg.QueryResult<TimelineRow>) => {
      if (err !== null && !(err instanceof pg.DatabaseError)) {
        this.#giveUp(err, callback);
        return;
      }
      this.#timeline = err === null ? result.rows[0]?.number : undefined;
      if (this.isOutdated) {
        const server = `the server ${this.host}:${this.port}`;
        this.#giveUp(new UnsuitableServerError(`${server} ${OUTDATED}`), callback);
        return;
      }
      if (this.#timeline !== undefined) this.#config.hosts.timeline.note(this.#timeline);
      callback(null, this);
    });
  }

  #giveUp(cause: unknown, callback: Connected): void {
    this.#config.hosts.leave(this.#url);
    this.connection.stream.destroy();
    callback(new ConnectionError(cause));
  }

  /** Fails the query under way and ends the connection, though an answer may already have arrived. */
  #failUnderWay(err: Error): void {
    this.connection.emit('error', err);
    this.connection.stream.destroy();
  }

  #boundSilence(): void {
    const { stream } = this.connection;
    if (!(stream instanceof Socket)) return;
    const { silenceTimeoutMs, onSilence } = this.#config;
    stream.setTimeout(silenceTimeoutMs);
    // Not as an argument of the above, which would be told once: a connection that has rested is timed out many times.
    stream.on('timeout', () => {
      const { bytesRead } = stream;
      // What has arrived while this process did other things is read first.
      setImmediate(() => {
        const { readyForQuery: isAtRest, processID } = this as unknown as Inside;
        // Between queries silence is all there should be.
        if (isAtRest === true || stream.bytesRead > bytesRead || stream.destroyed) return;
        stream.destroy(new SilenceError());
        if (processID !== null) onSilence?.(processID);
      });
    });
  }
}

/** What `pg` keeps to itself. */
interface Inside {
  /** Whether the server waits for the next query. */
  readyForQuery: boolean | null;
  processID: number | null;
  /** The query under way. */
  _activeQuery: Parameters<typeof noteHeard>[0] | null;
}

const basePrototype = pg.Client.prototype as unknown as { getStartupConf: unknown };
