"""The REST API as async functions, under their official names: JSON in, JSON out.

Each takes ``synapse_client``, the session to use; without it, the latest one. Those of tables
and the like come with the releases that have them.
"""

from synapseclient.api.annotations import set_annotations as set_annotations
from synapseclient.api.annotations import set_annotations_async as set_annotations_async
from synapseclient.api.api_client import rest_get_paginated_async as rest_get_paginated_async
from synapseclient.api.api_client import rest_post_paginated_async as rest_post_paginated_async
from synapseclient.api.configuration_services import (
    get_client_authenticated_s3_profile as get_client_authenticated_s3_profile,
)
from synapseclient.api.configuration_services import (
    get_config_authentication as get_config_authentication,
)
from synapseclient.api.configuration_services import get_config_file as get_config_file
from synapseclient.api.configuration_services import (
    get_config_section_dict as get_config_section_dict,
)
from synapseclient.api.configuration_services import get_transfer_config as get_transfer_config
from synapseclient.api.entity_bundle_services_v2 import (
    get_entity_id_bundle2 as get_entity_id_bundle2,
)
from synapseclient.api.entity_bundle_services_v2 import (
    get_entity_id_version_bundle2 as get_entity_id_version_bundle2,
)
from synapseclient.api.entity_bundle_services_v2 import (
    post_entity_bundle2_create as post_entity_bundle2_create,
)
from synapseclient.api.entity_bundle_services_v2 import (
    put_entity_id_bundle2 as put_entity_id_bundle2,
)
from synapseclient.api.entity_services import EntityHeader as EntityHeader
from synapseclient.api.entity_services import (
    create_access_requirements_if_none as create_access_requirements_if_none,
)
from synapseclient.api.entity_services import create_activity as create_activity
from synapseclient.api.entity_services import delete_entity as delete_entity
from synapseclient.api.entity_services import delete_entity_acl as delete_entity_acl
from synapseclient.api.entity_services import (
    delete_entity_generated_by as delete_entity_generated_by,
)
from synapseclient.api.entity_services import delete_entity_provenance as delete_entity_provenance
from synapseclient.api.entity_services import get_activity as get_activity
from synapseclient.api.entity_services import get_child as get_child
from synapseclient.api.entity_services import get_children as get_children
from synapseclient.api.entity_services import get_entities_by_md5 as get_entities_by_md5
from synapseclient.api.entity_services import get_entity as get_entity
from synapseclient.api.entity_services import get_entity_acl as get_entity_acl
from synapseclient.api.entity_services import get_entity_acl_list as get_entity_acl_list
from synapseclient.api.entity_services import (
    get_entity_acl_with_benefactor as get_entity_acl_with_benefactor,
)
from synapseclient.api.entity_services import get_entity_benefactor as get_entity_benefactor
from synapseclient.api.entity_services import get_entity_path as get_entity_path
from synapseclient.api.entity_services import get_entity_permissions as get_entity_permissions
from synapseclient.api.entity_services import get_entity_provenance as get_entity_provenance
from synapseclient.api.entity_services import get_entity_type as get_entity_type
from synapseclient.api.entity_services import get_upload_destination as get_upload_destination
from synapseclient.api.entity_services import (
    get_upload_destination_location as get_upload_destination_location,
)
from synapseclient.api.entity_services import is_synapse_id as is_synapse_id
from synapseclient.api.entity_services import post_entity as post_entity
from synapseclient.api.entity_services import post_entity_acl as post_entity_acl
from synapseclient.api.entity_services import put_entity as put_entity
from synapseclient.api.entity_services import put_entity_acl as put_entity_acl
from synapseclient.api.entity_services import set_entity_permissions as set_entity_permissions
from synapseclient.api.entity_services import set_entity_provenance as set_entity_provenance
from synapseclient.api.entity_services import update_activity as update_activity
from synapseclient.api.entity_services import update_entity_acl as update_entity_acl
from synapseclient.api.evaluation_services import (
    batch_update_submission_statuses as batch_update_submission_statuses,
)
from synapseclient.api.evaluation_services import cancel_submission as cancel_submission
from synapseclient.api.evaluation_services import (
    create_or_update_evaluation as create_or_update_evaluation,
)
from synapseclient.api.evaluation_services import create_submission as create_submission
from synapseclient.api.evaluation_services import delete_evaluation as delete_evaluation
from synapseclient.api.evaluation_services import delete_submission as delete_submission
from synapseclient.api.evaluation_services import get_all_evaluations as get_all_evaluations
from synapseclient.api.evaluation_services import (
    get_all_submission_statuses as get_all_submission_statuses,
)
from synapseclient.api.evaluation_services import (
    get_available_evaluations as get_available_evaluations,
)
from synapseclient.api.evaluation_services import get_evaluation as get_evaluation
from synapseclient.api.evaluation_services import get_evaluation_acl as get_evaluation_acl
from synapseclient.api.evaluation_services import (
    get_evaluation_permissions as get_evaluation_permissions,
)
from synapseclient.api.evaluation_services import (
    get_evaluation_submission_bundles as get_evaluation_submission_bundles,
)
from synapseclient.api.evaluation_services import (
    get_evaluation_submissions as get_evaluation_submissions,
)
from synapseclient.api.evaluation_services import (
    get_evaluations_by_project as get_evaluations_by_project,
)
from synapseclient.api.evaluation_services import get_submission as get_submission
from synapseclient.api.evaluation_services import get_submission_count as get_submission_count
from synapseclient.api.evaluation_services import get_submission_status as get_submission_status
from synapseclient.api.evaluation_services import (
    get_user_submission_bundles as get_user_submission_bundles,
)
from synapseclient.api.evaluation_services import get_user_submissions as get_user_submissions
from synapseclient.api.evaluation_services import update_evaluation_acl as update_evaluation_acl
from synapseclient.api.evaluation_services import (
    update_submission_status as update_submission_status,
)
from synapseclient.api.file_services import AddPartResponse as AddPartResponse
from synapseclient.api.file_services import get_file_handle as get_file_handle
from synapseclient.api.file_services import (
    get_file_handle_for_download as get_file_handle_for_download,
)
from synapseclient.api.file_services import (
    get_file_handle_for_download_async as get_file_handle_for_download_async,
)
from synapseclient.api.file_services import (
    get_file_handle_presigned_url as get_file_handle_presigned_url,
)
from synapseclient.api.file_services import post_external_filehandle as post_external_filehandle
from synapseclient.api.file_services import post_file_handles_copy as post_file_handles_copy
from synapseclient.api.file_services import post_file_multipart as post_file_multipart
from synapseclient.api.file_services import (
    post_file_multipart_presigned_urls as post_file_multipart_presigned_urls,
)
from synapseclient.api.file_services import put_file_multipart_add as put_file_multipart_add
from synapseclient.api.file_services import (
    put_file_multipart_complete as put_file_multipart_complete,
)
from synapseclient.api.table_services import ViewEntityType as ViewEntityType
from synapseclient.api.table_services import ViewTypeMask as ViewTypeMask
from synapseclient.api.table_services import create_table_snapshot as create_table_snapshot
from synapseclient.api.table_services import get_column as get_column
from synapseclient.api.table_services import get_columns as get_columns
from synapseclient.api.table_services import get_default_columns as get_default_columns
from synapseclient.api.table_services import list_columns as list_columns
from synapseclient.api.table_services import list_columns_sync as list_columns_sync
from synapseclient.api.table_services import post_columns as post_columns
from synapseclient.api.team_services import create_team as create_team
from synapseclient.api.team_services import (
    delete_membership_invitation as delete_membership_invitation,
)
from synapseclient.api.team_services import delete_team as delete_team
from synapseclient.api.team_services import find_team as find_team
from synapseclient.api.team_services import get_membership_status as get_membership_status
from synapseclient.api.team_services import get_team as get_team
from synapseclient.api.team_services import get_team_members as get_team_members
from synapseclient.api.team_services import get_team_open_invitations as get_team_open_invitations
from synapseclient.api.team_services import get_teams_for_user as get_teams_for_user
from synapseclient.api.team_services import invite_to_team as invite_to_team
from synapseclient.api.team_services import post_team_list as post_team_list
from synapseclient.api.team_services import send_membership_invitation as send_membership_invitation
from synapseclient.api.user_services import get_user_bundle as get_user_bundle
from synapseclient.api.user_services import (
    get_user_by_principal_id_or_name as get_user_by_principal_id_or_name,
)
from synapseclient.api.user_services import (
    get_user_group_headers_batch as get_user_group_headers_batch,
)
from synapseclient.api.user_services import get_user_profile_by_id as get_user_profile_by_id
from synapseclient.api.user_services import (
    get_user_profile_by_username as get_user_profile_by_username,
)
from synapseclient.api.user_services import is_user_certified as is_user_certified
from synapseclient.api.web_services import open_entity_in_browser as open_entity_in_browser
from synapseclient.api.wiki_services import delete_wiki_page as delete_wiki_page
from synapseclient.api.wiki_services import get_attachment_handles as get_attachment_handles
from synapseclient.api.wiki_services import get_attachment_preview_url as get_attachment_preview_url
from synapseclient.api.wiki_services import get_attachment_url as get_attachment_url
from synapseclient.api.wiki_services import get_markdown_url as get_markdown_url
from synapseclient.api.wiki_services import get_wiki_header_tree as get_wiki_header_tree
from synapseclient.api.wiki_services import get_wiki_history as get_wiki_history
from synapseclient.api.wiki_services import get_wiki_order_hint as get_wiki_order_hint
from synapseclient.api.wiki_services import get_wiki_page as get_wiki_page
from synapseclient.api.wiki_services import post_wiki_page as post_wiki_page
from synapseclient.api.wiki_services import put_wiki_order_hint as put_wiki_order_hint
from synapseclient.api.wiki_services import put_wiki_page as put_wiki_page
from synapseclient.api.wiki_services import put_wiki_version as put_wiki_version
