// Which permission an operation of the vms dialect needs. The document does not say (note G06): the names suggest it.
// Knows nothing of users.

const operationsByPermission: Readonly<Record<string, string>> = {
  auditlog_read: 'listAuditLogs getAuditLog',
  camera_read: 'listCameras searchCameras getCamera listPlaceCameras',
  camera_create: 'createCamera',
  camera_update: 'updateCamera',
  camera_delete: 'deleteCamera',
  camera_snapshot_read: 'getCameraSnapshot',
  event_read: 'getEvent listEvents getEventMatch listEventMatches',
  facelist_read: 'listFaceLists getFaceList',
  facelist_create: 'createFaceList',
  facelist_update: 'updateFaceList',
  facelist_delete: 'deleteFaceList',
  facelist_face_read: 'listFaceListFaces',
  facelist_face_create: 'addFaceToFaceList',
  facelist_face_delete: 'removeFaceFromFaceList',
  face_read: 'listFaces getFace',
  face_create: 'createFace',
  face_update: 'updateFace',
  face_delete: 'deleteFace',
  faceimage_read: 'listFaceImages',
  faceimage_create: 'addFaceImages',
  faceimage_delete: 'removeFaceImages',
  group_read: 'listGroups getGroup searchGroups',
  group_create: 'createGroup',
  group_update: 'updateGroup',
  group_delete: 'deleteGroup',
  group_user_read: 'listGroupMembers',
  group_user_create: 'addGroupMembers',
  group_user_delete: 'removeGroupMembers',
  group_place_read: 'listGroupPlaces',
  group_place_create: 'addGroupPlaces',
  group_place_delete: 'removeGroupPlaces',
  onvif_read:
    'getOnvifInfo getOnvifNetwork listOnvifUsers listOnvifStreams getOnvifImage getOnvifPtz listOnvifPtzPresets',
  onvif_update:
    'setOnvifNetwork setOnvifUserPassword setOnvifStreamEncoder setOnvifBrightness setOnvifContrast setOnvifSaturation ' +
    'setOnvifSharpness setOnvifBacklight setOnvifIrCutFilter setOnvifExposure setOnvifWideDynamicRange ' +
    'setOnvifWhiteBalance moveOnvifPtz saveOnvifPtzHome applyOnvifPtzHome applyOnvifPtzPreset',
  onvif_create: 'createOnvifPtzPreset',
  onvif_delete: 'deleteOnvifPtzPreset',
  organization_read: 'listOrganizations getOrganization searchOrganizations',
  organization_create: 'createOrganization',
  organization_update: 'updateOrganization',
  organization_delete: 'deleteOrganization',
  organization_members_read: 'listOrganizationMembers',
  organization_groups_read: 'listOrganizationGroups',
  orion_read: 'getOrionInfo',
  orion_update: 'setOrionConfig',
  permission_create: 'grantPermission',
  permission_delete: 'revokePermission',
  place_read: 'listPlaces getPlace searchPlaces',
  place_create: 'createPlace',
  place_update: 'updatePlace',
  place_delete: 'deletePlace',
  place_plan_read: 'listPlacePlans',
  plan_read: 'listPlans getPlan searchPlans',
  plan_create: 'createPlan',
  plan_update: 'updatePlan',
  plan_delete: 'deletePlan',
  plan_camera_read: 'listPlanCameras',
  plan_camera_create: 'addPlanCameras',
  plan_camera_delete: 'removePlanCameras',
  plan_camera_update: 'setPlanCameraPosition',
  platelist_read: 'listPlateLists getPlateList',
  platelist_create: 'createPlateList',
  platelist_update: 'updatePlateList',
  platelist_delete: 'deletePlateList',
  platelist_plate_read: 'listPlateListPlates',
  platelist_plate_create: 'addPlateToPlateList',
  platelist_plate_delete: 'removePlateFromPlateList',
  plate_read: 'listPlates getPlate',
  plate_create: 'createPlate',
  plate_update: 'updatePlate',
  plate_delete: 'deletePlate',
  role_read: 'listRoles getRole',
  role_create: 'createRole',
  role_update: 'updateRole',
  role_delete: 'deleteRole',
  role_member_read: 'listRoleMembers',
  role_perm_read: 'listRolePermissions',
  search_face: 'searchFaceEvents',
  search_plate: 'searchPlateEvents',
  segment_read: 'listSegments getSegmentIndex',
  snapshot_read: 'getEventSnapshot',
  stats_read: 'getCameraStats getEventStatsByType getEventMatchStatsByPriority getEventIntensity',
  stream_read: 'getStream getStreamInfo verifyStream',
  streamserver_read: 'listStreamServers',
  streamstatus_read: 'getStreamStatusSummary getStreamStatus',
  upload_create: 'createUpload',
  upload_read: 'getUpload getUploadContent',
  upload_meta_read: 'extractUploadMeta',
  user_read: 'listUsers getUser searchUsers',
  user_create: 'createUser',
  user_update: 'updateUser',
  user_delete: 'deleteUser',
  user_me_read: 'getCurrentUser',
  user_me_update: 'updateCurrentUser updateCurrentUserPassword updateCurrentUserEmail',
  videoclip_read: 'listVideoClips getVideoClip',
  videoclip_create: 'createVideoClip',
  videoclip_delete: 'deleteVideoClip',
}

const permissionByOperation: ReadonlyMap<string, string> = new Map(
  Object.entries(operationsByPermission).flatMap(([permission, operations]) =>
    operations.split(' ').map((operation) => [operation, permission] as const),
  ),
)

/** Undefined for the greeting and the token operations, which need none. */
export function findPermission(operationId: string): string | undefined {
  return permissionByOperation.get(operationId)
}

/** Where the audit action is not named like the permission. */
const auditActions: Readonly<Record<string, string>> = {
  createToken: 'user_login',
  revokeToken: 'user_logout',
  setOnvifNetwork: 'onvif_network_update',
  setOnvifUserPassword: 'onvif_user_update',
  setOnvifStreamEncoder: 'onvif_stream_update',
  moveOnvifPtz: 'onvif_ptz_update',
  saveOnvifPtzHome: 'onvif_ptz_home_save',
  applyOnvifPtzHome: 'onvif_ptz_home_apply',
  createOnvifPtzPreset: 'onvif_ptz_preset_create',
  deleteOnvifPtzPreset: 'onvif_ptz_preset_delete',
  applyOnvifPtzPreset: 'onvif_ptz_preset_apply',
  updateCurrentUser: 'user_update',
  updateCurrentUserPassword: 'user_update',
  updateCurrentUserEmail: 'user_update',
}

/** What the audit trail calls an operation that changed something; undefined when it is not audited. */
export function findAuditAction(operationId: string): string | undefined {
  const permission = findPermission(operationId)
  if (permission === 'onvif_update') return auditActions[operationId] ?? 'onvif_image_update'
  const changes = permission !== undefined && /_(create|update|delete)$/.test(permission)
  return auditActions[operationId] ?? (changes ? permission : undefined)
}
