import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import PostalMime from 'postal-mime';
import type { Email } from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerSession } from 'smtp-server';
import { findFreePort } from './free-port.ts';

/** How the server answers the content of a mail. */
export type SmtpBehaviour =
  | 'accept'
  | 'refuse-temporarily'
  | 'refuse-permanently'
  /** The connection itself. */
  | 'turn-away'
  /** Not at all: the content, the connection, or the recipient. */
  | 'hang'
  | 'hold-greeting'
  | 'hold-recipient';

export interface ReceivedMail {
  /** Every address of RCPT TO. */
  recipients: string[];
  sender: string;
  /** The bytes as they came over the wire. */
  raw: string;
  content: Email;
  /** What the client called itself. */
  helloName: string;
  isEncrypted: boolean;
}

export interface TestSmtpServer {
  readonly smtpUrl: string;
  /** Accepted mails, in their order. */
  readonly received: readonly ReceivedMail[];
  /** How many connections there have been. */
  readonly connections: number;
  /** How many answers hang. */
  readonly held: number;
  /** How many times a mail's content was offered, whatever the answer. */
  readonly offers: number;
  behave(behaviour: SmtpBehaviour): void;
  /** Answers what hangs: accepted. */
  release(): void;
  stop(): Promise<void>;
  /** Listens again on the same port. */
  restart(): Promise<void>;
}

/** A real SMTP server on a free port of 127.0.0.1 that keeps what it accepts. */
export async function startSmtpServer({ offersTls = false } = {}): Promise<TestSmtpServer> {
  const state = {
    offersTls,
    behaviour: 'accept' as SmtpBehaviour,
    connections: 0,
    offers: 0,
    received: [] as ReceivedMail[],
    hanging: [] as (() => void)[],
  };
  let server = createServer(state);
  const port = await findFreePort();
  await listen(server, port);
  return {
    smtpUrl: `smtp://127.0.0.1:${port}`,
    received: state.received,
    get connections() {
      return state.connections;
    },
    get held() {
      return state.hanging.length;
    },
    get offers() {
      return state.offers;
    },
    behave(behaviour) {
      state.behaviour = behaviour;
    },
    release() {
      for (const resume of state.hanging.splice(0)) resume();
    },
    stop() {
      return new Promise((resolve) => {
        server.close(resolve);
      });
    },
    async restart() {
      server = createServer(state);
      await listen(server, port);
    },
  };
}

interface State {
  /** With the certificate of smtp-server, which nobody has signed. */
  offersTls: boolean;
  behaviour: SmtpBehaviour;
  connections: number;
  offers: number;
  received: ReceivedMail[];
  hanging: (() => void)[];
}

const refusals = {
  'refuse-temporarily': { text: 'try later', responseCode: 451 },
  'refuse-permanently': { text: 'no such user', responseCode: 550 },
  'turn-away': { text: 'go away', responseCode: 554 },
} as const;

function createServer(state: State): SMTPServer {
  return new SMTPServer({
    disabledCommands: state.offersTls ? ['AUTH'] : ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    closeTimeout: 1,
    onConnect(_session, callback) {
      state.connections += 1;
      const answer = state.behaviour === 'turn-away' ? refusal('turn-away') : null;
      const greet = () => {
        callback(answer);
      };
      if (state.behaviour === 'hold-greeting') state.hanging.push(greet);
      else greet();
    },
    onRcptTo(_address, _session, callback) {
      const accept = () => {
        callback();
      };
      if (state.behaviour === 'hold-recipient') state.hanging.push(accept);
      else accept();
    },
    onData(stream, session, callback) {
      state.offers += 1;
      void answer(state, stream, session).then(
        (err) => {
          callback(err);
        },
        // The client went away in the middle: nobody waits for an answer.
        () => undefined,
      );
    },
  });
}

async function answer(state: State, stream: Readable, session: SMTPServerSession): Promise<Error | null> {
  const { envelope } = session;
  const bytes = await buffer(stream);
  const { behaviour } = state;
  // Like real servers, it repeats the address.
  if (behaviour in refusals) return refusal(behaviour as keyof typeof refusals, envelope.rcptTo[0]?.address);
  if (behaviour === 'hang') await new Promise<void>((resolve) => state.hanging.push(resolve));
  state.received.push({
    recipients: envelope.rcptTo.map(({ address }) => address),
    sender: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
    raw: bytes.toString(),
    content: await PostalMime.parse(bytes),
    helloName: session.hostNameAppearsAs,
    isEncrypted: session.secure,
  });
  return null;
}

function refusal(kind: keyof typeof refusals, address = 'you'): Error {
  const { text, responseCode } = refusals[kind];
  return Object.assign(new Error(`<${address}>: ${text}`), { responseCode });
}

async function listen(server: SMTPServer, port: number): Promise<void> {
  // A client that goes away in the middle is what some tests are about.
  server.on('error', () => undefined);
  const listener = server.listen(port, '127.0.0.1');
  await once(listener, 'listening');
}
