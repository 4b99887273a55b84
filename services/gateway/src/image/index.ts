import type { ImageRpcs } from '../server/rpc-table.js';
import { imageFsInfo } from './image-fs-info.js';
import { imageStatus } from './image-status.js';
import { listImages } from './list-images.js';
import { pullImage } from './pull-image.js';
import { removeImage } from './remove-image.js';
import { streamImages } from './stream-images.js';

export const imageService: ImageRpcs = { imageFsInfo, imageStatus, listImages, pullImage, removeImage, streamImages };
