/** The components of the Model place, which come when it is gone to. */
import '../labels/section';
import '../training/by_itself_section';
import '../training/comparison_section';
import '../training/train_section';
import '../training/training.css';
import '../training/versions_section';
import './model_view';
import './reject_section';
