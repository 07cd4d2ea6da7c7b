"""Attributes by name: which must hold nothing of the original, and which may hold bytes.

Source: DICOM PS3.15 Table E.1-1, those of its attributes that no rule by value representation takes care of (all names
of people, dates, UIDs, free texts and unknown bytes are), and what it does not name yet.
"""

from __future__ import annotations

__all__ = ["BINARY", "IDENTIFYING", "TERMS"]

IDENTIFYING = frozenset(
    """
    AccessionNumber AcquisitionContextSequence AcquisitionDeviceProcessingDescription AcquisitionFieldOfViewLabel
    ActualHumanPerformersSequence AdmissionID AdmittingDiagnosesCodeSequence AdmittingDiagnosesDescription Allergies
    AnnotationGroupLabel AuthorObserverSequence BranchOfService BreedRegistrationSequence CassetteID
    ChannelDerivationDescription ChannelLabel ClinicalTrialCoordinatingCenterName
    ClinicalTrialProtocolEthicsCommitteeApprovalNumber ClinicalTrialProtocolEthicsCommitteeName
    ClinicalTrialProtocolID ClinicalTrialProtocolName ClinicalTrialSeriesDescription ClinicalTrialSeriesID
    ClinicalTrialSiteID ClinicalTrialSiteName ClinicalTrialSponsorName ClinicalTrialSubjectID
    ClinicalTrialSubjectReadingID ClinicalTrialTimePointID ConfidentialityConstraintOnPatientDataDescription
    ConsultingPhysicianIdentificationSequence ContainerComponentID ContainerDescription ContainerIdentifier
    ContentCreatorIdentificationCodeSequence ContentSequence ContrastBolusAgent CountryOfResidence
    CurrentPatientLocation CustodialOrganizationSequence DetectorID DeviceDescription DeviceLabel DeviceSerialNumber
    DigitalSignaturesSequence DischargeDiagnosisDescription DisplacementReferenceLabel DistributionAddress
    DoseReferenceDescription EncapsulatedDocument EntityLabel EntityLongLabel EntityName EthnicGroup
    EthnicGroupCodeSequence FillerOrderNumberImagingServiceRequest FlowIdentifierSequence FractionGroupDescription
    GPSAltitude GPSAltitudeRef GPSDOP GPSDestBearing GPSDestBearingRef GPSDestDistance GPSDestDistanceRef
    GPSDestLatitude GPSDestLatitudeRef GPSDestLongitude GPSDestLongitudeRef GPSDifferential GPSImgDirection
    GPSImgDirectionRef GPSLatitude GPSLatitudeRef GPSLongitude GPSLongitudeRef GPSMeasureMode GPSSpeed GPSSpeedRef
    GPSStatus GPSTrack GPSTrackRef GantryID GeneratorID GraphicAnnotationSequence
    GroupOfPatientsIdentificationSequence HardcopyCreationDeviceID HumanPerformerOrganization IconImageSequence
    InstanceOriginStatus InstitutionCodeSequence InstitutionName InstitutionalDepartmentName
    InstitutionalDepartmentTypeCodeSequence InsurancePlanIdentification
    IntendedRecipientsOfResultsIdentificationSequence InterpretationApproverSequence InterpretationID
    InterpretationIDIssuer IssuerOfAdmissionID IssuerOfAdmissionIDSequence IssuerOfClinicalTrialProtocolID
    IssuerOfClinicalTrialSeriesID IssuerOfClinicalTrialSiteID IssuerOfClinicalTrialSubjectID
    IssuerOfClinicalTrialSubjectReadingID IssuerOfClinicalTrialTimePointID IssuerOfPatientID
    IssuerOfPatientIDQualifiersSequence IssuerOfServiceEpisodeID IssuerOfServiceEpisodeIDSequence
    IssuerOfTheContainerIdentifierSequence IssuerOfTheSpecimenIdentifierSequence LensSpecification MedicalAlerts
    MedicalRecordLocator MilitaryRank ModifiedAttributesSequence ModifiedImageDescription ModifyingDeviceID
    ModifyingSystem MultiplexGroupLabel NonconformingModifiedAttributesSequence Occupation
    OperatorIdentificationSequence OrderCallbackPhoneNumber OrderEntererLocation OriginalAttributesSequence
    OtherClinicalTrialProtocolIDsSequence OtherPatientIDs OtherPatientIDsSequence ParticipantSequence PatientAddress
    PatientAlternativeCalendar PatientBirthDate PatientBirthDateInAlternativeCalendar PatientBirthTime
    PatientBreedDescription PatientDeathDateInAlternativeCalendar PatientInstitutionResidence
    PatientInsurancePlanCodeSequence PatientPrimaryLanguageCodeSequence PatientPrimaryLanguageModifierCodeSequence
    PatientReligiousPreference PatientSexNeutered PatientSize PatientState PatientTelephoneNumbers
    PatientTransportArrangements PatientWeight PerformedLocation PerformedProcedureStepDescription
    PerformedProcedureStepID PerformedStationGeographicLocationCodeSequence PerformedStationName
    PerformedStationNameCodeSequence PerformingPhysicianIdentificationSequence PersonIdentificationCodeSequence
    PersonTelephoneNumbers PhysiciansOfRecordIdentificationSequence PhysiciansReadingStudyIdentificationSequence
    PlacerOrderNumberImagingServiceRequest PlateID PositionAcquisitionTemplateName PreMedication PregnancyStatus
    PrescriptionNotesSequence ProtocolName PyramidDescription PyramidLabel ROICreatorSequence
    ROIGenerationDescription ROIInterpreterSequence ROIName ROIObservationLabel RTAccessoryDeviceSlotID
    RTAccessoryHolderSlotID RTPlanLabel RTPlanName RTPrescriptionLabel RTToleranceSetLabel RTTreatmentApproachLabel
    RadiationDoseIdentificationLabel RadiationDoseInVivoMeasurementLabel RadiationGenerationModeLabel
    ReasonForOmissionDescription ReasonForRequestedProcedureCodeSequence ReasonForStudy
    ReasonForTheAttributeModification ReasonForTheImagingServiceRequest ReasonForTheRequestedProcedure
    ReasonForVisitCodeSequence ReferencedDigitalSignatureSequence ReferencedPatientAliasSequence
    ReferencedPatientPhotoSequence ReferencedPatientSequence ReferencedPerformedProcedureStepSequence
    ReferencedSOPInstanceMACSequence ReferencedStudySequence ReferringPhysicianIdentificationSequence
    ReferringPhysicianTelephoneNumbers RegionOfResidence RequestAttributesSequence RequestedContrastAgent
    RequestedProcedureDescription RequestedProcedureID RequestedProcedureLocation RequestedSeriesDescription
    RequestingService ResponsibleOrganization ResultsDistributionListSequence ResultsID ResultsIDIssuer
    ScheduledHumanPerformersSequence ScheduledPatientInstitutionResidence
    ScheduledPerformingPhysicianIdentificationSequence ScheduledProcedureStepDescription ScheduledProcedureStepID
    ScheduledProcedureStepLocation ScheduledStationGeographicLocationCodeSequence ScheduledStationName
    ScheduledStationNameCodeSequence ScheduledStudyLocation SecondaryCaptureDeviceID SelectorASValue SelectorLOValue
    SelectorSHValue SeriesDescription ServiceEpisodeDescription ServiceEpisodeID SlideIdentifier SmokingStatus
    SourceManufacturer SourceOfPreviousValues SourcePatientGroupIdentificationSequence SourceSerialNumber
    SpecialNeeds SpecimenAccessionNumber SpecimenIdentifier SpecimenPreparationSequence SpecimenShortDescription
    StationName StructureSetLabel StructureSetName StudyDescription StudyID StudyIDIssuer TelephoneNumberTrial
    TextString TimezoneOffsetFromUTC TopicAuthor TopicKeywords TopicTitle TransducerIdentificationSequence
    TreatmentMachineName TreatmentPositionGroupLabel TreatmentSite TreatmentSites UDISequence UserContentLabel
    UserContentLongLabel VerbalSourceIdentifierCodeSequenceTrial VerifyingObserverIdentificationCodeSequence
    VerifyingObserverSequence VerifyingOrganization WaveformAnnotationSequence
    """.split()
)
"""To be removed, emptied, or replaced by a value that means nothing."""

BINARY = frozenset(
    """
    PixelData FloatPixelData DoubleFloatPixelData ExtendedOffsetTable ExtendedOffsetTableLengths ICCProfile LUTData
    RedPaletteColorLookupTableData GreenPaletteColorLookupTableData BluePaletteColorLookupTableData
    AlphaPaletteColorLookupTableData SegmentedRedPaletteColorLookupTableData
    SegmentedGreenPaletteColorLookupTableData SegmentedBluePaletteColorLookupTableData
    FileMetaInformationVersion
    """.split()
)
"""Bytes (OB, OW, OF, OD, OL, OV) that make the picture; all others are removed."""

TERMS = frozenset(
    """
    ORIGINAL DERIVED PRIMARY SECONDARY AXIAL LOCALIZER OTHER NONE VOLUME MIXED
    MONOCHROME1 MONOCHROME2 RGB PALETTE COLOR YBR_FULL YBR_FULL_422 YBR_PARTIAL_422 YBR_PARTIAL_420 YBR_ICT YBR_RCT HSV
    ARGB CMYK XYB
    CR CT DX MG MR NM OT PT RF SC US XA XC ES GM SM OP OPT IO PX IVUS IVOCT BI ECG RG RTIMAGE RTDOSE SEG
    ABDOMEN ANKLE ARM BRAIN BREAST CHEST ELBOW EXTREMITY EYE FACE FEMUR FINGER FOOT HAND HEAD HEART HIP HUMERUS KNEE LEG
    LIVER LUNG NECK PELVIS SHOULDER SKULL SPINE THORAX THUMB TOE WHOLEBODY WRIST
    MALE FEMALE YES NO LEFT RIGHT BOTH UNPAIRED ANTERIOR POSTERIOR LATERAL MEDIAL
    """.split()
)
"""Terms of the standard: they may stand in a code string (CS) even if the patient is called so, as phantoms are."""
