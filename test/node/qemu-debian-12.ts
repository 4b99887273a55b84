// The short form of the node lane with Debian 12's own kernel.
import { bookworm, onQemu } from './recipe.js';
import { wholeNode } from './whole-node.js';

wholeNode('Debian 12 with its own kernel', onQemu(bookworm));
