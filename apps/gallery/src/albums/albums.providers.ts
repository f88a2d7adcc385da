import { AlbumContents } from './album-contents.js';
import { AlbumItemRepository } from './album-item.repository.js';
import { AlbumItems } from './album-items.js';
import { AlbumOrder } from './album-order.js';
import { AlbumRepository } from './album.repository.js';
import { AlbumService } from './album.service.js';

export const albumProviders = [AlbumContents, AlbumItemRepository, AlbumItems, AlbumOrder, AlbumRepository, AlbumService];
