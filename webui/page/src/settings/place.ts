/** The components of the Settings place, which come when it is gone to. */
import '../ui/backend_section';
import '../ui/retention_section';
import './appearance_section';
import './backups_section';
import './diagnostics_section';
import './folder_section';
import './keeping_section';
import './settings.css';
import './settings_view';
import './start_section';
