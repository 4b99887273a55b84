// The short form of the node lane.
import { trixie } from './recipe.js';
import { wholeNode } from './whole-node.js';

wholeNode('Debian 13, kernel 6.1', trixie);
