import { describeFailure } from './describe-failure.ts';
import { serve } from './serve.ts';

await serve(process.env).catch((err: unknown) => {
  const refusal = describeFailure(err, 'the start');
  if (refusal === undefined) throw err;
  process.stderr.write(`${refusal}\n`);
  process.exitCode = 1;
});
