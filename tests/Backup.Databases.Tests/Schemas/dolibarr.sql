-- A merchant's tables, shaped like those of Dolibarr 20: the same names, the columns that matter, and the application's foreign keys.

-- Dictionaries
CREATE TABLE llx_c_country (
  rowid INT PRIMARY KEY, code VARCHAR(2) NOT NULL, label VARCHAR(128), active TINYINT NOT NULL DEFAULT 1,
  UNIQUE KEY idx_c_country_code (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_c_typent (
  id INT PRIMARY KEY, code VARCHAR(12) NOT NULL, libelle VARCHAR(128), active TINYINT NOT NULL DEFAULT 1,
  UNIQUE KEY uk_c_typent (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_c_paiement (
  id INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, code VARCHAR(6) NOT NULL, libelle VARCHAR(128), type SMALLINT,
  active TINYINT NOT NULL DEFAULT 1, UNIQUE KEY uk_c_paiement_code (entity, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_c_type_contact (
  rowid INT AUTO_INCREMENT PRIMARY KEY, element VARCHAR(64) NOT NULL, source VARCHAR(8) NOT NULL DEFAULT 'external', code VARCHAR(32) NOT NULL,
  libelle VARCHAR(128), active TINYINT NOT NULL DEFAULT 1, UNIQUE KEY uk_c_type_contact_id (element, source, code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_c_units (
  rowid INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(3), label VARCHAR(128), active TINYINT NOT NULL DEFAULT 1, UNIQUE KEY uk_c_units_code (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_c_input_reason (
  rowid INT AUTO_INCREMENT PRIMARY KEY, code VARCHAR(30), label VARCHAR(128), active TINYINT NOT NULL DEFAULT 1, UNIQUE KEY uk_c_input_reason (code)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_c_email_senderprofile (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, private SMALLINT NOT NULL DEFAULT 0, date_creation DATETIME, label VARCHAR(255),
  email VARCHAR(255) NOT NULL, signature TEXT, active TINYINT NOT NULL DEFAULT 1
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_const (
  rowid INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(180) NOT NULL, entity INT NOT NULL DEFAULT 1, value TEXT NOT NULL, visible TINYINT NOT NULL DEFAULT 1,
  UNIQUE KEY uk_const (name, entity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Employees, of whom nearly every other table tells who wrote its rows
CREATE TABLE llx_user (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, ref_employee VARCHAR(50), employee TINYINT DEFAULT 1, datec DATETIME,
  tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, login VARCHAR(50) NOT NULL, pass_crypted VARCHAR(128), api_key VARCHAR(128),
  gender VARCHAR(10), lastname VARCHAR(50), firstname VARCHAR(50), address VARCHAR(255), zip VARCHAR(25), town VARCHAR(50), birth DATE, job VARCHAR(128),
  office_phone VARCHAR(30), personal_mobile VARCHAR(30), email VARCHAR(255), personal_email VARCHAR(255), signature LONGTEXT, socialnetworks TEXT,
  admin SMALLINT DEFAULT 0, fk_soc INT, fk_socpeople INT, fk_member INT, fk_user INT, note_public TEXT, note_private TEXT, statut TINYINT DEFAULT 1, lang VARCHAR(6),
  salary DOUBLE(24, 8), dateemployment DATE, dateemploymentend DATE, iplastlogin VARCHAR(250),
  UNIQUE KEY uk_user_login (login, entity), UNIQUE KEY uk_user_fk_socpeople (fk_socpeople), UNIQUE KEY uk_user_fk_member (fk_member)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_user_extrafields (
  rowid INT AUTO_INCREMENT PRIMARY KEY, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, fk_object INT NOT NULL,
  import_key VARCHAR(14), shoe_size VARCHAR(32), UNIQUE KEY uk_user_extrafields (fk_object)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_user_rib (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_user INT NOT NULL, entity INT NOT NULL DEFAULT 1, label VARCHAR(30), bank VARCHAR(255), bic VARCHAR(11),
  iban_prefix VARCHAR(80), proprio VARCHAR(60)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_usergroup (
  rowid INT AUTO_INCREMENT PRIMARY KEY, nom VARCHAR(180) NOT NULL, entity INT NOT NULL DEFAULT 1, note TEXT, UNIQUE KEY uk_usergroup_name (nom, entity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_usergroup_user (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, fk_user INT NOT NULL, fk_usergroup INT NOT NULL,
  UNIQUE KEY uk_usergroup_user (entity, fk_user, fk_usergroup),
  CONSTRAINT fk_usergroup_user_fk_user FOREIGN KEY (fk_user) REFERENCES llx_user (rowid),
  CONSTRAINT fk_usergroup_user_fk_usergroup FOREIGN KEY (fk_usergroup) REFERENCES llx_usergroup (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_user_rights (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, fk_user INT NOT NULL, fk_id INT NOT NULL,
  UNIQUE KEY uk_user_rights (entity, fk_user, fk_id),
  CONSTRAINT fk_user_rights_fk_user_user FOREIGN KEY (fk_user) REFERENCES llx_user (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_holiday (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30) NOT NULL, entity INT NOT NULL DEFAULT 1, fk_user INT NOT NULL, fk_type INT NOT NULL,
  date_create DATETIME NOT NULL, description VARCHAR(255) NOT NULL, date_debut DATE NOT NULL, date_fin DATE NOT NULL, statut INT NOT NULL DEFAULT 1,
  fk_validator INT NOT NULL, detail_refuse VARCHAR(250), KEY idx_holiday_fk_user (fk_user)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_salary (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30), label VARCHAR(255), datec DATETIME, fk_user INT NOT NULL, amount DOUBLE(24, 8) NOT NULL DEFAULT 0,
  datesp DATE, dateep DATE, entity INT NOT NULL DEFAULT 1, note TEXT, paye SMALLINT NOT NULL DEFAULT 0, fk_typepayment INT NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_expensereport (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(50) NOT NULL, entity INT NOT NULL DEFAULT 1, total_ttc DOUBLE(24, 8) DEFAULT 0, date_debut DATE NOT NULL,
  date_fin DATE NOT NULL, date_create DATETIME NOT NULL, fk_user_author INT NOT NULL, fk_statut INT NOT NULL, note_public TEXT, note_private TEXT,
  UNIQUE KEY idx_expensereport_uk_ref (ref, entity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_expensereport_det (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_expensereport INT NOT NULL, comments TEXT NOT NULL, qty DOUBLE NOT NULL, value_unit DOUBLE(24, 8) NOT NULL,
  total_ttc DOUBLE(24, 8) NOT NULL DEFAULT 0, date DATE NOT NULL, KEY idx_expensereport_det_fk (fk_expensereport)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_events (
  rowid INT AUTO_INCREMENT PRIMARY KEY, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, type VARCHAR(32) NOT NULL,
  entity INT NOT NULL DEFAULT 1, dateevent DATETIME, fk_user INT, description VARCHAR(250) NOT NULL, ip VARCHAR(250) NOT NULL, user_agent VARCHAR(255),
  KEY idx_events_dateevent (dateevent)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_session (
  session_id VARCHAR(50) PRIMARY KEY, session_variable TEXT, date_creation DATETIME NOT NULL, last_accessed DATETIME NOT NULL, fk_user INT NOT NULL,
  remote_ip VARCHAR(64), user_agent VARCHAR(255)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Third parties and contacts
CREATE TABLE llx_societe (
  rowid INT AUTO_INCREMENT PRIMARY KEY, nom VARCHAR(128), name_alias VARCHAR(128), entity INT NOT NULL DEFAULT 1, ref_ext VARCHAR(255),
  statut TINYINT DEFAULT 0, parent INT, status TINYINT DEFAULT 1, code_client VARCHAR(24), code_fournisseur VARCHAR(24), code_compta VARCHAR(32),
  address VARCHAR(255), zip VARCHAR(25), town VARCHAR(50), fk_pays INT DEFAULT 0, geopoint POINT DEFAULT NULL, phone VARCHAR(30), fax VARCHAR(30),
  url VARCHAR(255), email VARCHAR(128), socialnetworks TEXT, fk_typent INT, siren VARCHAR(128), tva_intra VARCHAR(20), fk_stcomm INT NOT NULL DEFAULT 0,
  note_private TEXT, note_public TEXT, prefix_comm VARCHAR(5), client TINYINT DEFAULT 0, fournisseur TINYINT DEFAULT 0, barcode VARCHAR(180),
  fk_barcode_type INT DEFAULT 0, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, datec DATETIME, fk_user_creat INT, fk_user_modif INT,
  UNIQUE KEY uk_societe_prefix_comm (prefix_comm, entity), UNIQUE KEY uk_societe_code_client (code_client, entity),
  UNIQUE KEY uk_societe_code_fournisseur (code_fournisseur, entity), UNIQUE KEY uk_societe_barcode (barcode, fk_barcode_type, entity),
  KEY idx_societe_nom (nom), KEY idx_societe_user_creat (fk_user_creat)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_societe_extrafields (
  rowid INT AUTO_INCREMENT PRIMARY KEY, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, fk_object INT NOT NULL,
  import_key VARCHAR(14), birthday DATE, nickname VARCHAR(255), UNIQUE KEY uk_societe_extrafields (fk_object)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_societe_address (
  rowid INT AUTO_INCREMENT PRIMARY KEY, label VARCHAR(30), fk_soc INT DEFAULT 0, name VARCHAR(60), address VARCHAR(255), zip VARCHAR(10), town VARCHAR(50),
  note TEXT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_societe_rib (
  rowid INT AUTO_INCREMENT PRIMARY KEY, type VARCHAR(32) NOT NULL DEFAULT 'ban', label VARCHAR(180), fk_soc INT NOT NULL, datec DATETIME, bank VARCHAR(255),
  bic VARCHAR(20), iban_prefix VARCHAR(100), proprio VARCHAR(60), owner_address VARCHAR(255), default_rib SMALLINT NOT NULL DEFAULT 0, rum VARCHAR(32),
  date_rum DATE, comment VARCHAR(255), status INT NOT NULL DEFAULT 1, UNIQUE KEY uk_societe_rib (label, fk_soc),
  CONSTRAINT llx_societe_rib_fk_societe FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_societe_commerciaux (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_soc INT, fk_user INT, import_key VARCHAR(14), UNIQUE KEY uk_societe_commerciaux (fk_soc, fk_user)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_socpeople (
  rowid INT AUTO_INCREMENT PRIMARY KEY, datec DATETIME, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, fk_soc INT,
  entity INT NOT NULL DEFAULT 1, civility VARCHAR(6), lastname VARCHAR(50), firstname VARCHAR(50), address VARCHAR(255), zip VARCHAR(25), town VARCHAR(255),
  birthday DATE, poste VARCHAR(255), phone VARCHAR(30), phone_perso VARCHAR(30), email VARCHAR(255), socialnetworks TEXT,
  no_email SMALLINT NOT NULL DEFAULT 0, priv SMALLINT NOT NULL DEFAULT 0, fk_stcommcontact INT NOT NULL DEFAULT 0, fk_user_creat INT DEFAULT 0,
  note_private TEXT, note_public TEXT, statut TINYINT NOT NULL DEFAULT 1, KEY idx_socpeople_lastname (lastname),
  CONSTRAINT fk_socpeople_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_socpeople_user_creat_user_rowid FOREIGN KEY (fk_user_creat) REFERENCES llx_user (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_socpeople_extrafields (
  rowid INT AUTO_INCREMENT PRIMARY KEY, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, fk_object INT NOT NULL,
  import_key VARCHAR(14), hobby TEXT, UNIQUE KEY uk_socpeople_extrafields (fk_object)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_societe_contacts (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, date_creation DATETIME NOT NULL, fk_soc INT NOT NULL, fk_c_type_contact INT NOT NULL,
  fk_socpeople INT NOT NULL, UNIQUE KEY idx_societe_contacts_idx1 (entity, fk_soc, fk_c_type_contact, fk_socpeople),
  CONSTRAINT fk_societe_contacts_fk_c_type_contact FOREIGN KEY (fk_c_type_contact) REFERENCES llx_c_type_contact (rowid),
  CONSTRAINT fk_societe_contacts_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_societe_contacts_fk_socpeople FOREIGN KEY (fk_socpeople) REFERENCES llx_socpeople (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_categorie (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, fk_parent INT NOT NULL DEFAULT 0, label VARCHAR(180) NOT NULL,
  type INT NOT NULL DEFAULT 1, description TEXT, UNIQUE KEY uk_categorie_ref (entity, fk_parent, label, type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_categorie_societe (
  fk_categorie INT NOT NULL, fk_soc INT NOT NULL, import_key VARCHAR(14), PRIMARY KEY (fk_categorie, fk_soc),
  CONSTRAINT fk_categorie_societe_categorie_rowid FOREIGN KEY (fk_categorie) REFERENCES llx_categorie (rowid),
  CONSTRAINT fk_categorie_societe_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_categorie_contact (
  fk_categorie INT NOT NULL, fk_socpeople INT NOT NULL, import_key VARCHAR(14), PRIMARY KEY (fk_categorie, fk_socpeople),
  CONSTRAINT fk_categorie_contact_categorie_rowid FOREIGN KEY (fk_categorie) REFERENCES llx_categorie (rowid),
  CONSTRAINT fk_categorie_contact_fk_socpeople FOREIGN KEY (fk_socpeople) REFERENCES llx_socpeople (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Products and projects
CREATE TABLE llx_product (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(128) NOT NULL, entity INT NOT NULL DEFAULT 1, label VARCHAR(255) NOT NULL, description TEXT,
  price DOUBLE(24, 8) DEFAULT 0, tva_tx DOUBLE(7, 4), weight FLOAT, fk_unit INT, UNIQUE KEY uk_product_ref (ref, entity),
  CONSTRAINT fk_product_fk_unit FOREIGN KEY (fk_unit) REFERENCES llx_c_units (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_projet (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_soc INT, datec DATETIME, dateo DATE, datee DATE, ref VARCHAR(50), entity INT NOT NULL DEFAULT 1,
  title VARCHAR(255) NOT NULL, description TEXT, fk_user_creat INT NOT NULL, fk_statut INT NOT NULL DEFAULT 0, note_private TEXT, note_public TEXT,
  UNIQUE KEY uk_projet_ref (ref, entity), CONSTRAINT fk_projet_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_projet_task (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(50), entity INT NOT NULL DEFAULT 1, fk_projet INT NOT NULL, fk_task_parent INT NOT NULL DEFAULT 0,
  datec DATETIME, label VARCHAR(255) NOT NULL, description TEXT, fk_user_creat INT, fk_user_valid INT, note_private TEXT, note_public TEXT,
  UNIQUE KEY uk_projet_task_ref (ref, entity),
  CONSTRAINT fk_projet_task_fk_projet FOREIGN KEY (fk_projet) REFERENCES llx_projet (rowid),
  CONSTRAINT fk_projet_task_fk_user_creat FOREIGN KEY (fk_user_creat) REFERENCES llx_user (rowid),
  CONSTRAINT fk_projet_task_fk_user_valid FOREIGN KEY (fk_user_valid) REFERENCES llx_user (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Contracts, offers, orders
CREATE TABLE llx_contrat (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(50), ref_customer VARCHAR(255), entity INT NOT NULL DEFAULT 1,
  tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, datec DATETIME, date_contrat DATETIME, statut SMALLINT DEFAULT 0, fin_validite DATETIME,
  date_cloture DATETIME, fk_soc INT NOT NULL, fk_projet INT, fk_user_author INT NOT NULL DEFAULT 0, note_private TEXT, note_public TEXT,
  UNIQUE KEY uk_contrat_ref (ref, entity), CONSTRAINT fk_contrat_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_contrat_user_author FOREIGN KEY (fk_user_author) REFERENCES llx_user (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_contrat_extrafields (
  rowid INT AUTO_INCREMENT PRIMARY KEY, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, fk_object INT NOT NULL,
  import_key VARCHAR(14), remark TEXT, UNIQUE KEY uk_contrat_extrafields (fk_object)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_contratdet (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_contrat INT NOT NULL, fk_product INT, statut SMALLINT DEFAULT 0, label TEXT, description TEXT,
  date_ouverture_prevue DATETIME, date_cloture DATETIME, tva_tx DOUBLE(7, 4) DEFAULT 0, qty DOUBLE NOT NULL, subprice DOUBLE(24, 8) DEFAULT 0,
  total_ht DOUBLE(24, 8) DEFAULT 0, fk_user_author INT NOT NULL DEFAULT 0, commentaire TEXT, fk_unit INT,
  CONSTRAINT fk_contratdet_fk_contrat FOREIGN KEY (fk_contrat) REFERENCES llx_contrat (rowid),
  CONSTRAINT fk_contratdet_fk_product FOREIGN KEY (fk_product) REFERENCES llx_product (rowid),
  CONSTRAINT fk_contratdet_fk_unit FOREIGN KEY (fk_unit) REFERENCES llx_c_units (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_propal (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30) NOT NULL, entity INT NOT NULL DEFAULT 1, ref_client VARCHAR(255), fk_soc INT, fk_projet INT,
  datec DATETIME, datep DATE, fin_validite DATETIME, date_valid DATETIME, fk_user_author INT, fk_user_valid INT, fk_user_signature INT, fk_user_cloture INT,
  fk_statut SMALLINT NOT NULL DEFAULT 0, total_ht DOUBLE(24, 8) DEFAULT 0, note_private TEXT, note_public TEXT, UNIQUE KEY uk_propal_ref (ref, entity),
  CONSTRAINT fk_propal_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_propal_fk_user_author FOREIGN KEY (fk_user_author) REFERENCES llx_user (rowid),
  CONSTRAINT fk_propal_fk_user_valid FOREIGN KEY (fk_user_valid) REFERENCES llx_user (rowid),
  CONSTRAINT fk_propal_fk_user_signature FOREIGN KEY (fk_user_signature) REFERENCES llx_user (rowid),
  CONSTRAINT fk_propal_fk_user_cloture FOREIGN KEY (fk_user_cloture) REFERENCES llx_user (rowid),
  CONSTRAINT fk_propal_fk_projet FOREIGN KEY (fk_projet) REFERENCES llx_projet (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_propaldet (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_propal INT NOT NULL, fk_product INT, label VARCHAR(255), description TEXT, qty DOUBLE, subprice DOUBLE(24, 8) DEFAULT 0,
  total_ht DOUBLE(24, 8) DEFAULT 0, rang INT DEFAULT 0, fk_unit INT,
  CONSTRAINT fk_propaldet_fk_propal FOREIGN KEY (fk_propal) REFERENCES llx_propal (rowid),
  CONSTRAINT fk_propaldet_fk_unit FOREIGN KEY (fk_unit) REFERENCES llx_c_units (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_commande (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30) NOT NULL, entity INT NOT NULL DEFAULT 1, ref_client VARCHAR(255), fk_soc INT NOT NULL, fk_projet INT,
  date_creation DATETIME, date_valid DATETIME, date_commande DATE, fk_user_author INT, fk_statut SMALLINT DEFAULT 0, total_ht DOUBLE(24, 8) DEFAULT 0,
  note_private TEXT, note_public TEXT, UNIQUE KEY uk_commande_ref (ref, entity),
  CONSTRAINT fk_commande_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_commandedet (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_commande INT NOT NULL, fk_product INT, description TEXT, qty DOUBLE, subprice DOUBLE(24, 8) DEFAULT 0,
  total_ht DOUBLE(24, 8) DEFAULT 0, rang INT DEFAULT 0, fk_unit INT,
  CONSTRAINT fk_commandedet_fk_commande FOREIGN KEY (fk_commande) REFERENCES llx_commande (rowid),
  CONSTRAINT fk_commandedet_fk_unit FOREIGN KEY (fk_unit) REFERENCES llx_c_units (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Invoices and payments
CREATE TABLE llx_facture (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30) NOT NULL, entity INT NOT NULL DEFAULT 1, ref_client VARCHAR(255), type SMALLINT NOT NULL DEFAULT 0,
  fk_soc INT NOT NULL, datec DATETIME, datef DATE, date_valid DATETIME, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  paye SMALLINT NOT NULL DEFAULT 0, total_tva DOUBLE(24, 8) DEFAULT 0, total_ht DOUBLE(24, 8) DEFAULT 0, total_ttc DOUBLE(24, 8) DEFAULT 0,
  fk_statut SMALLINT NOT NULL DEFAULT 0, fk_user_author INT, fk_user_valid INT, fk_facture_source INT, fk_projet INT, fk_cond_reglement INT NOT NULL DEFAULT 1,
  note_private TEXT, note_public TEXT, last_main_doc VARCHAR(255), fk_input_reason INT,
  UNIQUE KEY uk_facture_ref (ref, entity), KEY idx_facture_datef (datef),
  CONSTRAINT fk_facture_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_facture_fk_user_author FOREIGN KEY (fk_user_author) REFERENCES llx_user (rowid),
  CONSTRAINT fk_facture_fk_user_valid FOREIGN KEY (fk_user_valid) REFERENCES llx_user (rowid),
  CONSTRAINT fk_facture_fk_facture_source FOREIGN KEY (fk_facture_source) REFERENCES llx_facture (rowid),
  CONSTRAINT fk_facture_fk_projet FOREIGN KEY (fk_projet) REFERENCES llx_projet (rowid),
  CONSTRAINT fk_facture_fk_input_reason FOREIGN KEY (fk_input_reason) REFERENCES llx_c_input_reason (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_facture_extrafields (
  rowid INT AUTO_INCREMENT PRIMARY KEY, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, fk_object INT NOT NULL,
  import_key VARCHAR(14), remark TEXT, UNIQUE KEY uk_facture_extrafields (fk_object)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_facturedet (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_facture INT NOT NULL, fk_parent_line INT, fk_product INT, label VARCHAR(255), description TEXT,
  tva_tx DOUBLE(7, 4), qty DOUBLE, fk_remise_except INT, subprice DOUBLE(24, 8), total_ht DOUBLE(24, 8), total_tva DOUBLE(24, 8), total_ttc DOUBLE(24, 8),
  rang INT DEFAULT 0, fk_code_ventilation INT NOT NULL DEFAULT 0, fk_unit INT, UNIQUE KEY uk_fk_remise_except (fk_remise_except, fk_facture),
  CONSTRAINT fk_facturedet_fk_facture FOREIGN KEY (fk_facture) REFERENCES llx_facture (rowid),
  CONSTRAINT fk_facturedet_fk_unit FOREIGN KEY (fk_unit) REFERENCES llx_c_units (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_facture_rec (
  rowid INT AUTO_INCREMENT PRIMARY KEY, titre VARCHAR(200) NOT NULL, entity INT NOT NULL DEFAULT 1, fk_soc INT NOT NULL, datec DATETIME,
  amount DOUBLE(24, 8) NOT NULL DEFAULT 0, fk_user_author INT, fk_projet INT, note_private TEXT, note_public TEXT, frequency INT, date_when DATETIME,
  UNIQUE KEY idx_facture_rec_uk_titre (titre, entity),
  CONSTRAINT fk_facture_rec_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_facture_rec_fk_user_author FOREIGN KEY (fk_user_author) REFERENCES llx_user (rowid),
  CONSTRAINT fk_facture_rec_fk_projet FOREIGN KEY (fk_projet) REFERENCES llx_projet (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_paiement (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30), entity INT NOT NULL DEFAULT 1, datec DATETIME, datep DATETIME, amount DOUBLE(24, 8) DEFAULT 0,
  fk_paiement INT NOT NULL, num_paiement VARCHAR(50), note TEXT, ext_payment_id VARCHAR(255), fk_bank INT NOT NULL DEFAULT 0, fk_user_creat INT,
  statut SMALLINT NOT NULL DEFAULT 0
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_paiement_facture (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_paiement INT, fk_facture INT, amount DOUBLE(24, 8) DEFAULT 0,
  UNIQUE KEY uk_paiement_facture (fk_paiement, fk_facture),
  CONSTRAINT fk_paiement_facture_fk_facture FOREIGN KEY (fk_facture) REFERENCES llx_facture (rowid),
  CONSTRAINT fk_paiement_facture_fk_paiement FOREIGN KEY (fk_paiement) REFERENCES llx_paiement (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_facture_fourn (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(180) NOT NULL, ref_supplier VARCHAR(180) NOT NULL, entity INT NOT NULL DEFAULT 1, fk_soc INT NOT NULL,
  datec DATETIME, datef DATE, libelle VARCHAR(255), total_ttc DOUBLE(24, 8) DEFAULT 0, fk_statut SMALLINT NOT NULL DEFAULT 0, fk_user_author INT,
  fk_user_valid INT, fk_projet INT, note_private TEXT, note_public TEXT, UNIQUE KEY uk_facture_fourn_ref (ref, entity),
  CONSTRAINT fk_facture_fourn_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_facture_fourn_fk_user_author FOREIGN KEY (fk_user_author) REFERENCES llx_user (rowid),
  CONSTRAINT fk_facture_fourn_fk_user_valid FOREIGN KEY (fk_user_valid) REFERENCES llx_user (rowid),
  CONSTRAINT fk_facture_fourn_fk_projet FOREIGN KEY (fk_projet) REFERENCES llx_projet (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_facture_fourn_det (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_facture_fourn INT NOT NULL, fk_product INT, description TEXT, qty DOUBLE, total_ttc DOUBLE(24, 8), fk_unit INT,
  CONSTRAINT fk_facture_fourn_det_fk_facture FOREIGN KEY (fk_facture_fourn) REFERENCES llx_facture_fourn (rowid),
  CONSTRAINT fk_facture_fourn_det_fk_unit FOREIGN KEY (fk_unit) REFERENCES llx_c_units (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_societe_remise_except (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, fk_soc INT NOT NULL, datec DATETIME, amount_ht DOUBLE(24, 8) NOT NULL,
  amount_ttc DOUBLE(24, 8) NOT NULL DEFAULT 0, fk_user INT NOT NULL, fk_facture_line INT, fk_facture INT, fk_facture_source INT,
  fk_invoice_supplier_line INT, fk_invoice_supplier INT, description TEXT NOT NULL,
  CONSTRAINT fk_societe_remise_fk_user FOREIGN KEY (fk_user) REFERENCES llx_user (rowid),
  CONSTRAINT fk_soc_remise_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_soc_remise_fk_facture_line FOREIGN KEY (fk_facture_line) REFERENCES llx_facturedet (rowid),
  CONSTRAINT fk_societe_remise_fk_facture FOREIGN KEY (fk_facture) REFERENCES llx_facture (rowid),
  CONSTRAINT fk_societe_remise_fk_facture_source FOREIGN KEY (fk_facture_source) REFERENCES llx_facture (rowid),
  CONSTRAINT fk_soc_remise_fk_invoice_supplier_line FOREIGN KEY (fk_invoice_supplier_line) REFERENCES llx_facture_fourn_det (rowid),
  CONSTRAINT fk_societe_remise_fk_invoice_supplier FOREIGN KEY (fk_invoice_supplier) REFERENCES llx_facture_fourn (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Bank and books
CREATE TABLE llx_bank_account (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(12) NOT NULL, label VARCHAR(50), entity INT NOT NULL DEFAULT 1, bank VARCHAR(60), bic VARCHAR(11),
  iban_prefix VARCHAR(80), fk_pays INT NOT NULL, courant SMALLINT NOT NULL DEFAULT 0, currency_code VARCHAR(3) NOT NULL,
  UNIQUE KEY uk_bank_account_label (label, entity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_bank (
  rowid INT AUTO_INCREMENT PRIMARY KEY, datec DATETIME, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, datev DATE, dateo DATE,
  amount DOUBLE(24, 8) NOT NULL DEFAULT 0, label VARCHAR(255), fk_account INT, fk_user_author INT, fk_type VARCHAR(6), num_releve VARCHAR(50),
  rappro TINYINT DEFAULT 0, note TEXT, emetteur VARCHAR(255), KEY idx_bank_datev (datev), KEY idx_bank_fk_account (fk_account)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_bank_url (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_bank INT, url_id INT, url VARCHAR(255), label VARCHAR(255), type VARCHAR(24) NOT NULL,
  UNIQUE KEY uk_bank_url (fk_bank, url_id, type)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_accounting_account (
  rowid BIGINT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, fk_pcg_version VARCHAR(32) NOT NULL, account_number VARCHAR(32) NOT NULL,
  label VARCHAR(255) NOT NULL, active TINYINT NOT NULL DEFAULT 1, UNIQUE KEY uk_accounting_account (account_number, entity, fk_pcg_version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_accounting_bookkeeping (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, piece_num INT NOT NULL, doc_date DATE NOT NULL, doc_type VARCHAR(30) NOT NULL,
  doc_ref VARCHAR(300) NOT NULL, fk_doc INT NOT NULL, fk_docdet INT NOT NULL, thirdparty_code VARCHAR(32), subledger_account VARCHAR(32),
  subledger_label VARCHAR(255), numero_compte VARCHAR(32) NOT NULL, label_compte VARCHAR(255) NOT NULL, label_operation VARCHAR(255),
  debit DOUBLE(24, 8) NOT NULL, credit DOUBLE(24, 8) NOT NULL, fk_user_author INT NOT NULL, date_creation DATETIME, code_journal VARCHAR(32) NOT NULL,
  KEY idx_accounting_bookkeeping_fk_doc (fk_doc), KEY idx_accounting_bookkeeping_doc_date (doc_date)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_blockedlog (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, date_creation DATETIME, action VARCHAR(50), amounts DOUBLE(24, 8) NOT NULL,
  element VARCHAR(50), fk_user INT, user_fullname VARCHAR(255), fk_object INT, ref_object VARCHAR(255), date_object DATETIME,
  signature VARCHAR(100) NOT NULL, signature_line VARCHAR(100) NOT NULL, object_data MEDIUMTEXT, certified INT, KEY fk_object_element (fk_object, element)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Events, files, links
CREATE TABLE llx_actioncomm (
  id INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30) NOT NULL, entity INT NOT NULL DEFAULT 1, datep DATETIME, datep2 DATETIME, fk_action INT, code VARCHAR(50),
  datec DATETIME, tms TIMESTAMP DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, fk_user_author INT, fk_project INT, fk_soc INT, fk_contact INT,
  fk_parent INT NOT NULL DEFAULT 0, fk_user_action INT, fulldayevent SMALLINT NOT NULL DEFAULT 0, percent SMALLINT NOT NULL DEFAULT 0,
  label VARCHAR(255) NOT NULL, note MEDIUMTEXT, email_subject VARCHAR(255), email_msgid VARCHAR(255), email_from VARCHAR(255), email_sender VARCHAR(255),
  email_to VARCHAR(255), email_tocc VARCHAR(255), email_tobcc VARCHAR(255), fk_element INT, elementtype VARCHAR(255),
  KEY idx_actioncomm_fk_soc (fk_soc), KEY idx_actioncomm_fk_contact (fk_contact), KEY idx_actioncomm_datep (datep)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_actioncomm_resources (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_actioncomm INT NOT NULL, element_type VARCHAR(50) NOT NULL, fk_element INT NOT NULL, answer_status VARCHAR(50),
  mandatory SMALLINT, transparency SMALLINT DEFAULT 1, UNIQUE KEY uk_actioncomm_resources (fk_actioncomm, element_type, fk_element)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_ecm_files (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(128), label VARCHAR(128) NOT NULL, entity INT NOT NULL DEFAULT 1, filepath VARCHAR(255) NOT NULL,
  filename VARCHAR(255) NOT NULL, src_object_type VARCHAR(64), src_object_id INT, description VARCHAR(255), keywords VARCHAR(750), position INT,
  date_c DATETIME, fk_user_c INT, UNIQUE KEY uk_ecm_files (filepath, filename, entity), KEY idx_ecm_files_label (label)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_element_contact (
  rowid INT AUTO_INCREMENT PRIMARY KEY, datecreate DATETIME, statut SMALLINT DEFAULT 5, element_id INT NOT NULL, fk_c_type_contact INT NOT NULL,
  fk_socpeople INT NOT NULL, UNIQUE KEY idx_element_contact_idx1 (element_id, fk_c_type_contact, fk_socpeople),
  KEY idx_element_contact_fk_socpeople (fk_socpeople),
  CONSTRAINT fk_element_contact_fk_c_type_contact FOREIGN KEY (fk_c_type_contact) REFERENCES llx_c_type_contact (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_element_element (
  rowid INT AUTO_INCREMENT PRIMARY KEY, fk_source INT NOT NULL, sourcetype VARCHAR(64) NOT NULL, fk_target INT NOT NULL, targettype VARCHAR(64) NOT NULL,
  UNIQUE KEY idx_element_element_idx1 (fk_source, sourcetype, fk_target, targettype)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_ticket (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT DEFAULT 1, ref VARCHAR(128) NOT NULL, track_id VARCHAR(128) NOT NULL, fk_soc INT DEFAULT 0,
  fk_project INT DEFAULT 0, origin_email VARCHAR(128), fk_user_create INT, subject VARCHAR(255), message MEDIUMTEXT, fk_statut INT, datec DATETIME,
  date_close DATETIME, ip VARCHAR(250), UNIQUE KEY uk_ticket_track_id (track_id), KEY idx_ticket_fk_soc (fk_soc)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_mailing_unsubscribe (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, email VARCHAR(255), unsubscribegroup VARCHAR(128) DEFAULT '', ip VARCHAR(128),
  date_creat DATETIME, UNIQUE KEY uk_mailing_unsubscribe (email, entity, unsubscribegroup)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- Members and donors
CREATE TABLE llx_adherent_type (
  rowid INT AUTO_INCREMENT PRIMARY KEY, entity INT NOT NULL DEFAULT 1, statut SMALLINT NOT NULL DEFAULT 0, libelle VARCHAR(50) NOT NULL,
  morphy VARCHAR(3) NOT NULL, UNIQUE KEY uk_adherent_type_libelle (libelle, entity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_adherent (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30) NOT NULL, entity INT NOT NULL DEFAULT 1, civility VARCHAR(6), lastname VARCHAR(50),
  firstname VARCHAR(50), login VARCHAR(50), pass_crypted VARCHAR(128), fk_adherent_type INT NOT NULL, morphy VARCHAR(3) NOT NULL, societe VARCHAR(128),
  fk_soc INT, address TEXT, zip VARCHAR(30), town VARCHAR(50), email VARCHAR(255), phone VARCHAR(30), birth DATE, statut SMALLINT NOT NULL DEFAULT 0,
  public SMALLINT NOT NULL DEFAULT 0, datefin DATETIME, note_private TEXT, note_public TEXT, datec DATETIME,
  UNIQUE KEY uk_adherent_ref (ref, entity), UNIQUE KEY uk_adherent_login (login, entity), UNIQUE KEY uk_adherent_fk_soc (fk_soc),
  CONSTRAINT adherent_fk_soc FOREIGN KEY (fk_soc) REFERENCES llx_societe (rowid),
  CONSTRAINT fk_adherent_adherent_type FOREIGN KEY (fk_adherent_type) REFERENCES llx_adherent_type (rowid)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_subscription (
  rowid INT AUTO_INCREMENT PRIMARY KEY, datec DATETIME, fk_adherent INT, fk_type INT, dateadh DATETIME, datef DATETIME, subscription DOUBLE(24, 8),
  fk_bank INT, note TEXT, UNIQUE KEY uk_subscription (fk_adherent, dateadh)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
CREATE TABLE llx_don (
  rowid INT AUTO_INCREMENT PRIMARY KEY, ref VARCHAR(30), entity INT NOT NULL DEFAULT 1, fk_statut SMALLINT NOT NULL DEFAULT 0, datedon DATETIME,
  amount DOUBLE(24, 8) DEFAULT 0, fk_soc INT, firstname VARCHAR(50), lastname VARCHAR(50), fk_country INT NOT NULL, email VARCHAR(255),
  public SMALLINT NOT NULL DEFAULT 1, fk_user_author INT NOT NULL, note_private TEXT, note_public TEXT, UNIQUE KEY idx_don_uk_ref (ref, entity)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
