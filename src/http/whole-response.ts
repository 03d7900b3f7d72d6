import { ServerResponse } from 'node:http';
import type { IncomingMessage } from 'node:http';

type Piece = [data: string, encoding?: string | null, callback?: (() => void) | null, length?: number];

/** The step by which Node puts each piece of an answer out, with the head in front of the first. */
const { _send: send } = ServerResponse.prototype as unknown as { _send: (...piece: Piece) => boolean };

/**
 * An answer whose head and body are one piece. Node 20 ends each with an empty piece, by which it learns that all is written; for
 * two pieces the socket gathers buffers (`writev`), which costs the service two microseconds more than to write one text.
 */
export class WholeResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
  #isEnding = false;
  #body: string | undefined;

  override end(...args: unknown[]): this {
    const [chunk, encoding] = args;
    // One in chunks has more pieces than these two.
    const isWhole = typeof chunk === 'string' && typeof encoding !== 'string' && !this.chunkedEncoding;
    this.#isEnding = isWhole && this.headersSent;
    super.end(...(args as Parameters<ServerResponse['end']>));
    return this;
  }

  /** Called by Node. Keeps the body until the empty piece comes, whose callback is the one that counts. */
  _send(...piece: Piece): boolean {
    const [data, , callback] = piece;
    if (this.#isEnding && data !== '') {
      this.#body = data;
      return true;
    }
    if (this.#body === undefined) return send.apply(this, piece);
    // By now Node has the socket gather what comes, which one piece need not wait for.
    this.socket?.uncork();
    return send.call(this, this.#body, 'utf8', callback);
  }
}

/** Node 24 needs no help, and sends no empty piece to wait for: only the release whose way is known is given any. */
export const AnswerClass = process.versions.node.startsWith('20.') ? WholeResponse : ServerResponse;
