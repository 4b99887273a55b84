import type { Command } from 'commander';
import type { CommandContext } from '../command-context.js';
import { addImageExplain } from './explain.js';
import { addImageGarbage } from './gc.js';
import { addImageInspect } from './inspect.js';
import { addImageLoad } from './load.js';
import { addImageList } from './ls.js';
import { addPull } from './pull.js';
import { addImageRemove } from './rm.js';

/** `slipway image …`, and the two that people type all day, for short: `slipway images` and `slipway pull`. */
export function addImages(program: Command, context: CommandContext): void {
  const image = program
    .command('image')
    .description('images: ls, pull, rm, inspect, load, explain, gc')
    .helpCommand(false)
    .addHelpText(
      'after',
      "\nExamples:\n  $ slipway image ls\n  $ slipway image explain busybox\n\nEach command has its own: 'slipway image <command> --help'.",
    );
  addImageList(image, 'ls', context);
  addPull(image, context);
  addImageRemove(image, context);
  addImageInspect(image, context);
  addImageLoad(image, context);
  addImageExplain(image, context);
  addImageGarbage(image, context);
  addImageList(program, 'images', context);
  addPull(program, context);
}
