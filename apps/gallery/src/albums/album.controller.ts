import type { InputOf, OutputOf } from '@atrium/contract-kit';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { Endpoint, Input } from '@atrium/platform/http';
import { Controller } from '@nestjs/common';
import { AlbumItems } from './album-items.js';
import { AlbumOrder } from './album-order.js';
import { AlbumService } from './album.service.js';

const { listAlbums, createAlbum, getAlbum, updateAlbum, deleteAlbum, addAlbumItems, removeAlbumItems, orderAlbumItems } = galleryEndpoints;

@Controller()
export class AlbumController {
  constructor(
    private readonly albums: AlbumService,
    private readonly items: AlbumItems,
    private readonly order: AlbumOrder,
  ) {}

  @Endpoint(listAlbums)
  list(@Input() { principal, query }: InputOf<typeof listAlbums>): Promise<OutputOf<typeof listAlbums>> {
    return this.albums.list(principal, query);
  }

  @Endpoint(createAlbum)
  create(@Input() { principal, body }: InputOf<typeof createAlbum>): Promise<OutputOf<typeof createAlbum>> {
    return this.albums.create(principal, body);
  }

  @Endpoint(getAlbum)
  get(@Input() { principal, params }: InputOf<typeof getAlbum>): Promise<OutputOf<typeof getAlbum>> {
    return this.albums.get(principal, params.id);
  }

  @Endpoint(updateAlbum)
  update(@Input() { principal, params, ifMatch, body }: InputOf<typeof updateAlbum>): Promise<OutputOf<typeof updateAlbum>> {
    return this.albums.update(principal, params.id, ifMatch, body);
  }

  @Endpoint(deleteAlbum)
  delete(@Input() { principal, params }: InputOf<typeof deleteAlbum>): Promise<void> {
    return this.albums.delete(principal, params.id);
  }

  @Endpoint(addAlbumItems)
  addItems(@Input() { principal, params, body }: InputOf<typeof addAlbumItems>): Promise<OutputOf<typeof addAlbumItems>> {
    return this.items.add(principal, params.id, body.asset_ids);
  }

  @Endpoint(removeAlbumItems)
  removeItems(@Input() { principal, params, body }: InputOf<typeof removeAlbumItems>): Promise<OutputOf<typeof removeAlbumItems>> {
    return this.items.remove(principal, params.id, body.asset_ids);
  }

  @Endpoint(orderAlbumItems)
  orderItems(@Input() { principal, params, body }: InputOf<typeof orderAlbumItems>): Promise<void> {
    return this.order.move(principal, params.id, body);
  }
}
