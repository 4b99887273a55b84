import type { CliCommand } from '../../grammar/cli-command.js';
import type { CommandContext } from '../command-context.js';
import { addImageExplain } from './explain.js';
import { addImageGarbage } from './gc.js';
import { addImageInspect } from './inspect.js';
import { addImageLoad } from './load.js';
import { addImageList } from './ls.js';
import { addPull } from './pull.js';
import { addImageRemove } from './rm.js';
import { addImageVerify } from './verify.js';

/** `slipway image …`, and the two that people type all day, for short: `slipway images` and `slipway pull`. */
export function addImages(program: CliCommand, context: CommandContext): void {
  const image = program
    .command('image')
    .description('images: ls, pull, rm, inspect, verify, load, explain, gc')
    .helpCommand(false)
    .guide({
      notes: "Each command has examples of its own: 'slipway image <command> --help'.",
      examples: [
        ['slipway image ls', 'what is there'],
        ['slipway image explain busybox', 'where it would come from'],
      ],
    });
  addImageList(image, 'ls', context);
  addPull(image, context);
  addImageRemove(image, context);
  addImageInspect(image, context);
  addImageVerify(image, context);
  addImageLoad(image, context);
  addImageExplain(image, context);
  addImageGarbage(image, context);
  addImageList(program, 'images', context);
  addPull(program, context);
}
