import { describeRefusal } from './describe-failure.ts';
import { serve } from './serve.ts';

await serve(process.env).catch((err: unknown) => {
  const refusal = describeRefusal(err, 'the start');
  if (refusal === undefined) throw err;
  process.stderr.write(`${refusal}\n`);
  process.exitCode = 1;
});
