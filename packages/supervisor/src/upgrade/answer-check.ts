import { settingFault, slipwayVersion } from '@slipway/config';
import { newestRecordFormat, recordFormat } from '@slipway/records';
import { handOverFormat } from '../hand-over.js';
import type { CheckAnswer, CheckRequest } from './check-tree.js';

/** The answer of this version to a supervisor of another one that asks whether it can take its node over. */
export async function answerCheck({ settings, root, handOverFormat: format }: CheckRequest): Promise<CheckAnswer> {
  const problems: string[] = [];
  if (format > handOverFormat) {
    problems.push(`it takes over from supervisors up to format ${handOverFormat}, and this one has ${format}`);
  }
  for (const { path, value, from } of settings) {
    const fault = settingFault(path, value);
    if (fault !== undefined) problems.push(`${path} (${from}): ${fault}`);
  }
  const records = await newestRecordFormat(root);
  if (records > recordFormat) {
    problems.push(`there are records of format ${records}, and it reads formats up to ${recordFormat}`);
  }
  return { version: slipwayVersion, problems };
}
