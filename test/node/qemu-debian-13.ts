// The short form of the node lane with Debian 13's own kernel.
import { onQemu, trixie } from './recipe.js';
import { wholeNode } from './whole-node.js';

wholeNode('Debian 13 with its own kernel', onQemu(trixie));
